// SPDX-License-Identifier: BSD-3-Clause
// Standard output carries the result and nothing else: what models, runtimes and plugins print goes to standard error.
#include "cli/running/noise.h"

#include <fcntl.h>
#include <unistd.h>

#include <cstdio>

namespace air::cli {

NoiseToStderr::NoiseToStderr() : stdout_(fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, STDERR_FILENO + 1)) {
  if (stdout_ >= 0) dup2(STDERR_FILENO, STDOUT_FILENO);
}

NoiseToStderr::~NoiseToStderr() {
  if (stdout_ < 0) return;
  std::fflush(stdout);  // what was printed and is still kept
  dup2(stdout_, STDOUT_FILENO);
  close(stdout_);
}

}  // namespace air::cli
