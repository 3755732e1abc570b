// SPDX-License-Identifier: BSD-3-Clause
// Checks what a plugin says of its models and nodes before anybody relies on it.
#pragma once

#include "airunner_backend.h"

namespace air {

// Both throw AIR_ERROR_INTERNAL, naming what is wrong.
void check_connection_info(const air_connection_info *info);
void check_node_info(const air_node_info *node);

}  // namespace air
