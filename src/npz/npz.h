// SPDX-License-Identifier: BSD-3-Clause
// Named arrays in NumPy's .npz format: a zip archive of .npy files.
#pragma once

#include <string>
#include <vector>

#include "npy.h"

namespace air {

struct NamedArray {
  std::string name;
  Array array;
};

// In the order of the archive. Throw Error: AIR_ERROR_INVALID_INPUT for what is read, AIR_ERROR_IO for what cannot be written.
std::vector<NamedArray> read_npz(const std::string &path);
void write_npz(const std::string &path, const std::vector<NamedArray> &arrays);

}  // namespace air
