// SPDX-License-Identifier: BSD-3-Clause
// Options of connecting and of looking for plugins and devices, as a caller gives them.
#pragma once

#include "airunner.h"

namespace air {

// Complete and consistent, with `reserved` members that are 0. Throws AIR_ERROR_INVALID_ARGUMENT, _INCOMPATIBLE.
air_connect_options read_connect_options(const air_connect_options *given);

}  // namespace air
