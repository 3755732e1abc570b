// SPDX-License-Identifier: BSD-3-Clause
// Files of results: arrays in NumPy's .npz format, and their description.
#pragma once

#include <string>

#include "airunner_report.h"
#include "common/values.h"

namespace air {

// Throws AIR_ERROR_INVALID_INPUT for a result without inputs or outputs, AIR_ERROR_IO with errno.
void save_result(const air_result &result, const std::string &path);

// Checks everything; throws AIR_ERROR_INVALID_INPUT, and AIR_ERROR_NOT_FOUND, _PERMISSION or _IO with errno. Reads the arrays that the description tells of, and no others.
HeldResult load_result(const std::string &path);

}  // namespace air
