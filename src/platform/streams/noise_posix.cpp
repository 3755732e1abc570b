// SPDX-License-Identifier: BSD-3-Clause
// Standard output carries the result and nothing else: what models, runtimes and plugins print goes to standard error.
#include "platform/streams/noise.h"

#include <fcntl.h>
#include <unistd.h>

#include <cstdio>

namespace air {

NoiseToStderr::NoiseToStderr() : stdout_(fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, STDERR_FILENO + 1)) {
  if (stdout_.is_open()) dup2(STDERR_FILENO, STDOUT_FILENO);
}

NoiseToStderr::~NoiseToStderr() {
  if (!stdout_.is_open()) return;
  std::fflush(stdout);  // what was printed and is still kept
  dup2(stdout_.get(), STDOUT_FILENO);
}

}  // namespace air
