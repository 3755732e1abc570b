// SPDX-License-Identifier: BSD-3-Clause
// Whether a file is a complete library: the loader maps a truncated one without a word, and the process dies.
#include "core/plugins/library_file.h"

#include <fstream>
#include <vector>

#include "core/error.h"
#include "platform/elf_file.h"

namespace air {

void check_not_truncated(const std::filesystem::path &path) try {
  std::error_code error;
  std::vector<char> bytes(std::filesystem::is_regular_file(path, error) ? std::filesystem::file_size(path, error) : 0);
  if (error || bytes.empty()) return;
  if (std::ifstream(path, std::ios::binary).read(bytes.data(), static_cast<std::streamsize>(bytes.size()))) {
    const ElfFile checked(std::as_bytes(std::span(bytes)));
  }
} catch (const BadElf &bad) {
  if (bad.is_truncated) fail(AIR_ERROR_INCOMPATIBLE, "{}", bad.what());
}

}  // namespace air
