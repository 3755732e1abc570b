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

// A name that leads nowhere else where the archive is unpacked: neither absolute nor with "..". "/model/out" becomes "model/out".
std::string npz_name(const std::string &name);

// In the order of the archive. Throws Error, AIR_ERROR_INVALID_INPUT.
std::vector<NamedArray> read_npz(const std::string &path);

// Under npz_name() of the names; where that makes two the same, the later get "_2", "_3", ... Throws Error, AIR_ERROR_IO.
void write_npz(const std::string &path, const std::vector<NamedArray> &arrays);

}  // namespace air
