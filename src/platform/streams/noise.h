// SPDX-License-Identifier: BSD-3-Clause
// Standard output carries the result and nothing else: what models, runtimes and plugins print goes to standard error.
#pragma once

#include "platform/files/file_handle.h"

namespace air {

// As long as one lives, standard output leads to standard error; on Windows not that of libraries with a C library of their own that were loaded before.
class NoiseToStderr {
 public:
  NoiseToStderr();
  ~NoiseToStderr();
  NoiseToStderr(const NoiseToStderr &) = delete;
  NoiseToStderr &operator=(const NoiseToStderr &) = delete;

 private:
  FileHandle stdout_;
};

}  // namespace air
