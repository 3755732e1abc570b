// SPDX-License-Identifier: BSD-3-Clause
// Arrays in NumPy's .npy format, versions 1 to 3.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "airunner.h"

namespace air {

using Bytes = std::vector<unsigned char>;

struct Array {
  air_dtype dtype = AIR_DTYPE_NONE;
  std::vector<int64_t> shape;
  Bytes data;  // C order, byte order of the machine
};

// Trusts nothing in `bytes`. Throws Error, AIR_ERROR_INVALID_INPUT; `what` names the file.
Array parse_npy(std::span<const unsigned char> bytes, const std::string &what);

// What stands before the data in a file.
std::string npy_header(const Array &array);

}  // namespace air
