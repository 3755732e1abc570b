// SPDX-License-Identifier: BSD-3-Clause
#include "platform/files/memory_files.h"

#include <linux/magic.h>
#include <sys/vfs.h>

namespace air {

bool is_in_memory(const FileHandle &file) noexcept {
  struct statfs system {};
  return fstatfs(file.get(), &system) == 0 && (system.f_type == TMPFS_MAGIC || system.f_type == RAMFS_MAGIC);
}

}  // namespace air
