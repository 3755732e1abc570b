// SPDX-License-Identifier: BSD-3-Clause
// Numbers in lines of text: cells parted by comma, semicolon or blanks, as .csv files have them.
#include "cli/inputs/number_table.h"

#include <fmt/format.h>

#include <algorithm>

#include "cli/running/failure.h"
#include "common/numbers.h"
#include "common/path_text.h"
#include "common/utf8.h"
#include "text/width.h"

namespace air::cli {
namespace {

constexpr std::string_view kBlanks = " \t\r\f";

std::string_view trimmed(std::string_view text) {
  const size_t begin = text.find_first_not_of(kBlanks);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kBlanks) - begin + 1);
}

std::string unquoted(std::string_view text) {
  if (text.size() >= 2 && text.front() == text.back() && (text.front() == '"' || text.front() == '\'')) {
    text = trimmed(text.substr(1, text.size() - 2));
  }
  return std::string(text);
}

char separator_of(std::string_view line) {
  for (const char candidate : {';', ','}) {
    if (line.find(candidate) != std::string_view::npos) return candidate;
  }
  return ' ';
}

// Where the cell at the beginning ends: separators within quotes do not count.
size_t end_of_cell(std::string_view rest, char separator) {
  bool quoted = false;
  for (size_t i = 0; i < rest.size(); ++i) {
    if (rest[i] == '"') quoted = !quoted;
    const bool parts = separator == ' ' ? kBlanks.find(rest[i]) != std::string_view::npos : rest[i] == separator;
    if (parts && !quoted) return i;
  }
  return rest.size();
}

}  // namespace

TextTable::TextTable(const std::string &path) : path_(path), file_(path_of(path), std::ios::binary) {
  if (!file_) throw Failure(kBadInput, path + ": cannot be read");
}

bool TextTable::next() {
  while (std::getline(file_, text_)) {
    ++line_;
    if (line_ == 1 && text_.starts_with("\xEF\xBB\xBF")) text_.erase(0, 3);
    text_ = trimmed(text_);
    if (text_.empty() || text_.front() == '#') continue;
    split();
    return true;
  }
  if (file_.bad()) throw Failure(kBadInput, fmt::format("{}: cannot be read after line {}", path_, line_));
  return false;
}

void TextTable::split() {
  if (separator_ == '\0') separator_ = separator_of(text_);
  cells_.clear();
  std::string_view rest = text_;
  for (;;) {
    const size_t end = end_of_cell(rest, separator_);
    cells_.push_back(unquoted(trimmed(rest.substr(0, end))));
    if (end == rest.size()) return;
    rest.remove_prefix(end + 1);
    if (separator_ == ' ') rest = trimmed(rest);
  }
}

std::optional<double> TextTable::number(size_t column) const {
  std::string text = cells_[column];
  if (separator_ == ';') std::replace(text.begin(), text.end(), ',', '.');  // where the comma is the decimal point
  const size_t sign = text.starts_with('+') && !text.starts_with("+-") ? 1 : 0;
  return number_in<double>(std::string_view(text).substr(sign));
}

bool TextTable::has_numbers() const {
  for (size_t i = 0; i < cells_.size(); ++i) {
    if (number(i)) return true;
  }
  return false;
}

void TextTable::refuse(size_t column, const std::string &expected) const {
  constexpr size_t shown = 40;
  throw Failure(kBadInput, fmt::format("{}: line {}, column {}: \"{}\", expected {}", path_, line_, column + 1,
                                       shortened(valid_utf8(cells_[column]), shown), expected));
}

}  // namespace air::cli
