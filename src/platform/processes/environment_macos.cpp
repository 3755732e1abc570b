// SPDX-License-Identifier: BSD-3-Clause
// Variables of the environment. A program that runs with raised rights must not load code that its caller's environment names.
#include <unistd.h>

#include <cstdlib>

#include "platform/processes/environment.h"

namespace air {

const char *trusted_environment(const char *name) noexcept {
  const char *value = issetugid() != 0 ? nullptr : std::getenv(name);
  return value == nullptr || *value == '\0' ? nullptr : value;
}

}  // namespace air
