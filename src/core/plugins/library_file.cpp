// SPDX-License-Identifier: BSD-3-Clause
// Whether a file is a complete library: the loader maps a truncated one without a word, and the process dies.
#include "core/plugins/library_file.h"

#include <algorithm>
#include <system_error>
#include <vector>

#include "common/memory_size.h"
#include "core/error.h"
#include "platform/files/open_file.h"
#include "platform/libraries/library_file.h"
#include "platform/machine/out_of_memory.h"

namespace air {
namespace {

constexpr uint64_t kUsualHeaders = 4096;

// As much of the file as there is.
std::vector<std::byte> front_of(const OpenFile &file, uint64_t size) {
  std::vector<std::byte> bytes(memory_size(size));
  bytes.resize(file.read(0, bytes));
  return bytes;
}

}  // namespace

void check_not_truncated(const std::filesystem::path &path) try {
  const OpenFile file(path);
  const FileFacts facts = file.facts();
  const uint64_t size = facts.size;
  if (!facts.is_file || size == 0) return;
  std::vector<std::byte> front = front_of(file, std::min(size, kUsualHeaders));
  // Tools that change a library may have put them at its end.
  if (const uint64_t end = std::min(size, library_headers_end(front)); end > front.size()) front = front_of(file, end);
  check_library(front, size);
} catch (const BadLibrary &bad) {
  if (bad.is_truncated) fail(AIR_ERROR_INCOMPATIBLE, "{}", bad.what());
} catch (const std::system_error &error) {
  throw_if_no_memory(error.code());  // the loader will say what else there is
}

}  // namespace air
