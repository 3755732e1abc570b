// SPDX-License-Identifier: BSD-3-Clause
// Whole files, read and written.
#include "files.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <memory>
#include <set>

#include "failure.h"

namespace air::cli {
namespace {

namespace fs = std::filesystem;

using File = std::unique_ptr<FILE, decltype(&fclose)>;

// The same for all names of one file, whether it exists or not.
std::string place_of(const std::string &path) {
  std::error_code error;
  const fs::path place = fs::weakly_canonical(fs::absolute(path, error), error);
  return error ? path : place.string();
}

void check_folder_of(const OutputFile &output) {
  std::error_code error;
  const fs::path folder = fs::path(output.path).parent_path();
  if (!folder.empty() && !fs::is_directory(folder, error)) {
    throw Failure(kFailed, fmt::format("{} {}: there is no folder {}", output.option, output.path, folder.string()));
  }
  if (fs::is_directory(output.path, error)) {
    throw Failure(kFailed, fmt::format("{} {}: is a folder, expected the name of a file", output.option, output.path));
  }
}

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

void write_file(const std::string &path, std::span<const unsigned char> bytes) {
  const auto fail = [&] {
    return Failure(kFailed, fmt::format("{}: cannot be written: {}", path, std::strerror(errno)));
  };
  File file(fopen(path.c_str(), "wb"), &fclose);
  if (file == nullptr) throw fail();
  // An empty span may be a null pointer, which fwrite() must not get.
  if (!bytes.empty() && fwrite(bytes.data(), 1, bytes.size(), file.get()) != bytes.size()) throw fail();
  if (fclose(file.release()) != 0) throw fail();
}

void write_file(const std::string &path, std::string_view text) {
  write_file(path, std::span(reinterpret_cast<const unsigned char *>(text.data()), text.size()));
}

void check_output_files(const std::vector<OutputFile> &outputs, const std::vector<std::string> &inputs) {
  std::set<std::string> read;
  std::set<std::string> written;
  for (const std::string &path : inputs) read.insert(place_of(path));
  for (const OutputFile &output : outputs) {
    if (output.path.empty()) continue;
    check_folder_of(output);
    std::error_code error;
    const fs::file_type type = fs::status(output.path, error).type();
    if (type != fs::file_type::regular && type != fs::file_type::not_found) continue;  // such as /dev/null
    const std::string place = place_of(output.path);
    if (read.contains(place)) {
      throw Failure(kUsage, fmt::format("{} {} is also an input: give another name", output.option, output.path));
    }
    if (!written.insert(place).second) {
      throw Failure(
          kUsage, fmt::format("{} {}: the same file is written twice: give another name", output.option, output.path));
    }
  }
}

std::string extension(const std::string &path) {
  std::string text = std::filesystem::path(path).extension().string();
  std::transform(text.begin(), text.end(), text.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return text;
}

}  // namespace air::cli
