// SPDX-License-Identifier: BSD-3-Clause
// Whether a file is a complete library: the loader maps a truncated one without a word, and the process dies.
#include "core/plugins/library_file.h"

#include <algorithm>
#include <fstream>
#include <vector>

#include "core/error.h"
#include "platform/libraries/library_file.h"

namespace air {
namespace {

constexpr uint64_t kUsualHeaders = 4096;

// As much of the file as there is; fewer bytes where it cannot be read.
std::vector<std::byte> front_of(const std::filesystem::path &path, uint64_t size) {
  std::vector<std::byte> bytes(size);
  std::ifstream file(path, std::ios::binary);
  file.read(reinterpret_cast<char *>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  bytes.resize(static_cast<size_t>(file.gcount()));
  return bytes;
}

}  // namespace

void check_not_truncated(const std::filesystem::path &path) try {
  std::error_code error;
  const uint64_t size = std::filesystem::is_regular_file(path, error) ? std::filesystem::file_size(path, error) : 0;
  if (error || size == 0) return;
  std::vector<std::byte> front = front_of(path, std::min(size, kUsualHeaders));
  // Tools that change a library may have put them at its end.
  if (const uint64_t end = std::min(size, library_headers_end(front)); end > front.size()) front = front_of(path, end);
  check_library(front, size);
} catch (const BadLibrary &bad) {
  if (bad.is_truncated) fail(AIR_ERROR_INCOMPATIBLE, "{}", bad.what());
}

}  // namespace air
