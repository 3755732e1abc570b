// SPDX-License-Identifier: BSD-3-Clause
#include "platform/files/memory_files.h"

#include <linux/magic.h>
#include <sys/vfs.h>

#include <cstdint>

namespace air {

bool is_in_memory(const FileHandle &file) noexcept {
  struct statfs system {};
  const bool is_known = fstatfs(file.get(), &system) == 0;
  const auto type = static_cast<uint32_t>(system.f_type);  // negative where the type has 32 bits
  return is_known && (type == TMPFS_MAGIC || type == RAMFS_MAGIC);
}

}  // namespace air
