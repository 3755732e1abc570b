// SPDX-License-Identifier: BSD-3-Clause
// Whether a file is a complete ELF library: the loader maps a truncated one without a word, and the process dies.
#include "core/plugins/library_file.h"

#include <elf.h>
#include <link.h>

#include <cstring>
#include <fstream>

#include "core/error.h"

namespace air {

void check_not_truncated(const std::filesystem::path &path) {
  std::ifstream file(path, std::ios::binary);
  ElfW(Ehdr) header{};
  if (!file.read(reinterpret_cast<char *>(&header), sizeof(header))) return;
  const bool is_native_elf =
      std::memcmp(header.e_ident, ELFMAG, SELFMAG) == 0 && header.e_phentsize == sizeof(ElfW(Phdr));
  if (!is_native_elf) return;
  std::error_code error;
  const uint64_t size = std::filesystem::file_size(path, error);
  file.seekg(static_cast<std::streamoff>(header.e_phoff));
  for (uint32_t i = 0; i < header.e_phnum; ++i) {
    ElfW(Phdr) segment{};
    const bool read = static_cast<bool>(file.read(reinterpret_cast<char *>(&segment), sizeof(segment)));
    const bool inside = read && segment.p_offset <= size && segment.p_filesz <= size - segment.p_offset;
    if (!inside) fail(AIR_ERROR_INCOMPATIBLE, "the library is truncated: segment {} lies beyond its {} bytes", i, size);
  }
}

}  // namespace air
