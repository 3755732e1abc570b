// SPDX-License-Identifier: BSD-3-Clause
#include <sys/mount.h>
#include <sys/param.h>

#include <string_view>

#include "platform/files/memory_files.h"

namespace air {

bool is_in_memory(const FileHandle &file) noexcept {
  struct statfs system {};
  return fstatfs(file.get(), &system) == 0 && std::string_view(system.f_fstypename) == "tmpfs";
}

}  // namespace air
