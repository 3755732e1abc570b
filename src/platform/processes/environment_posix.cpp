// SPDX-License-Identifier: BSD-3-Clause
// Variables of the environment. A program that runs with raised rights must not load code that its caller's environment names.
#include "platform/processes/environment.h"

#include <cstdlib>

namespace air {

const char *trusted_environment(const char *name) noexcept {
  const char *value = secure_getenv(name);
  return value == nullptr || *value == '\0' ? nullptr : value;
}

}  // namespace air
