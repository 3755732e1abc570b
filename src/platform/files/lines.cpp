// SPDX-License-Identifier: BSD-3-Clause
// Lines of small files. Streams of the standard library would bring all its locales into each plugin that is linked statically.
#include "platform/files/lines.h"

#include <algorithm>
#include <span>
#include <system_error>

#include "platform/files/open_file.h"
#include "platform/machine/out_of_memory.h"

namespace air {
namespace {

constexpr size_t kPiece = size_t{1} << 16U;
constexpr size_t kMost = size_t{64} << 20U;

// Files of the system have no size before they are read.
std::string text_in(const OpenFile &file) {
  std::string text;
  for (size_t n = kPiece; n == kPiece && text.size() < kMost;) {
    const size_t begin = text.size();
    text.resize(begin + kPiece);
    n = file.read(begin, std::as_writable_bytes(std::span(text).subspan(begin)));
    text.resize(begin + n);
  }
  return text;
}

}  // namespace

std::vector<std::string> lines_of(const std::filesystem::path &path) try {
  const OpenFile file(path);
  if (file.error()) return {};
  const std::string text = text_in(file);
  std::vector<std::string> lines;
  for (size_t begin = 0; begin < text.size();) {
    const size_t end = std::min(text.find('\n', begin), text.size());
    lines.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return lines;
} catch (const std::system_error &error) {
  throw_if_no_memory(error.code());
  return {};
}

std::string first_line_of(const std::filesystem::path &path) {
  const std::vector<std::string> lines = lines_of(path);
  return lines.empty() ? "" : lines.front();
}

}  // namespace air
