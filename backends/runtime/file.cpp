// SPDX-License-Identifier: BSD-3-Clause
// Model files: reading, and what their names tell.
#include "runtime/file.h"

#include <algorithm>
#include <system_error>

#include "common/ascii.h"
#include "common/error.h"
#include "common/path_text.h"
#include "platform/files/absolute_path.h"
#include "platform/files/new_file.h"
#include "platform/files/open_file.h"
#include "platform/machine/out_of_memory.h"

namespace air::runtime {
namespace fs = std::filesystem;
namespace {

// Both formats count in 31 bits; larger models keep their weights in files beside them.
constexpr uint64_t kMaxFileSize = uint64_t{1} << 31;

air_status status_of(const std::error_code &error) {
  if (error == std::errc::no_such_file_or_directory || error == std::errc::not_a_directory) return AIR_ERROR_NOT_FOUND;
  return error == std::errc::permission_denied ? AIR_ERROR_PERMISSION : AIR_ERROR_IO;
}

[[noreturn]] void refuse(const fs::path &path, const std::error_code &error) {
  throw_if_no_memory(error);
  throw Error(status_of(error), fmt::format("model '{}' cannot be read: {}", text_of(path), error.message()),
              error.value());
}

size_t size_of(const OpenFile &file, const fs::path &path) {
  const FileFacts facts = file.facts();
  if (facts.size == 0) fail(AIR_ERROR_INVALID_MODEL, "model '{}' is empty", text_of(path));
  if (facts.size > kMaxFileSize) {
    fail(AIR_ERROR_INVALID_MODEL,
         "model '{}' has {} bytes: models of more than {} bytes keep their weights in a file beside them",
         text_of(path), facts.size, kMaxFileSize);
  }
  return static_cast<size_t>(facts.size);
}

}  // namespace

std::vector<std::byte> read_model_file(const fs::path &path) try {
  if (const auto there = facts_of(path); there && !there->is_file)
    fail(AIR_ERROR_INVALID_MODEL, "'{}' is not a file: name the model itself", text_of(path));
  const OpenFile file(path);
  std::vector<std::byte> bytes(size_of(file, path));
  const size_t n = file.read(0, bytes);
  if (n < bytes.size()) fail(AIR_ERROR_IO, "model '{}' ended after {} of {} bytes", text_of(path), n, bytes.size());
  return bytes;
} catch (const std::system_error &error) {
  refuse(path, error.code());
}

void save_model_file(const fs::path &path, std::span<const std::byte> bytes) {
  write_file(text_of(path), {reinterpret_cast<const char *>(bytes.data()), bytes.size()});
}

fs::path model_path(const std::string &rest, std::string_view scheme) {
  if (rest.empty()) {
    fail(AIR_ERROR_INVALID_DESCRIPTOR, "the descriptor names no model: expected {}:<file>", scheme);
  }
  return absolute_path(path_of(rest));
}

bool has_extension(std::string_view path, std::string_view extension) {
  return ascii_lower(text_of(path_of(path).extension())) == extension;
}

}  // namespace air::runtime
