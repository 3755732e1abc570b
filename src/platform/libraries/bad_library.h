// SPDX-License-Identifier: BSD-3-Clause
// Why a file is of no use as a shared library.
#pragma once

#include <stdexcept>
#include <string>

namespace air {

// "it is for Arm (32 bits), ...", to be put behind the file's name.
class BadLibrary : public std::runtime_error {
 public:
  BadLibrary(bool truncated, const std::string &why) : std::runtime_error(why), is_truncated(truncated) {}
  const bool is_truncated;
};

}  // namespace air
