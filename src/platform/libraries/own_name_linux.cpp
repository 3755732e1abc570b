// SPDX-License-Identifier: BSD-3-Clause
#include <dlfcn.h>

#include <cerrno>
#include <cstring>

#include "platform/libraries/own_name_posix.h"

namespace air {

// The loader knows a program by what its caller named it, which need not be a file.
const char *own_name() noexcept {
  Dl_info own{};
  if (dladdr(reinterpret_cast<const void *>(&own_name), &own) == 0) return nullptr;
  return strcmp(own.dli_fname, program_invocation_name) == 0 ? "/proc/self/exe" : own.dli_fname;
}

}  // namespace air
