// SPDX-License-Identifier: BSD-3-Clause
#include <dlfcn.h>

#include "platform/libraries/own_name_posix.h"

namespace air {

const char *own_name() noexcept {
  Dl_info own{};
  return dladdr(reinterpret_cast<const void *>(&own_name), &own) == 0 ? nullptr : own.dli_fname;
}

}  // namespace air
