// SPDX-License-Identifier: BSD-3-Clause
// Whole files, read, and the kinds that names tell.
#include "files.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <memory>

#include "failure.h"

namespace air::cli {
namespace {

using File = std::unique_ptr<FILE, decltype(&fclose)>;

}  // namespace

Bytes read_file(const std::string &path) {
  const auto fail = [&] {
    return Failure(kBadInput, fmt::format("{}: cannot be read: {}", path, std::strerror(errno)));
  };
  std::error_code error;
  const auto type = std::filesystem::status(path, error).type();
  // A pipe or a device may never end.
  if (type == std::filesystem::file_type::fifo || type == std::filesystem::file_type::character) {
    throw Failure(kBadInput, fmt::format("{}: is a pipe or device, expected a file", path));
  }
  const File file(fopen(path.c_str(), "rb"), &fclose);
  if (file == nullptr) throw fail();
  Bytes bytes;
  constexpr size_t block = size_t{1} << 20;
  size_t n_read = block;
  while (n_read == block) {
    const size_t before = bytes.size();
    bytes.resize(before + block);
    n_read = fread(bytes.data() + before, 1, block, file.get());
    bytes.resize(before + n_read);
  }
  if (ferror(file.get()) != 0) throw fail();
  return bytes;
}

std::string extension(const std::string &path) {
  std::string text = std::filesystem::path(path).extension().string();
  std::transform(text.begin(), text.end(), text.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return text;
}

}  // namespace air::cli
