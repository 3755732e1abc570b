// SPDX-License-Identifier: BSD-3-Clause
// Numbers in lines of text: cells parted by comma, semicolon or blanks, as .csv files have them.
#pragma once

#include <cstdint>
#include <fstream>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace air::cli {

// Line by line: blank lines and those that begin with # are left out, quotes around cells and a byte order mark too.
class TextTable {
 public:
  explicit TextTable(const std::string &path);

  bool next();  // false at the end; throws Failure, kBadInput, when the file cannot be read further
  uint64_t line() const { return line_; }
  const std::string &text() const { return text_; }  // the whole line
  const std::vector<std::string> &cells() const { return cells_; }

  // Of a cell of this line, counted from 0. Nothing for what is no number.
  std::optional<double> number(size_t column) const;
  bool has_numbers() const;  // at least one of the cells
  // Throws Failure, kBadInput: names line and column, and says what was expected.
  [[noreturn]] void refuse(size_t column, const std::string &expected) const;

 private:
  void split();

  std::string path_;
  std::ifstream file_;
  uint64_t line_ = 0;
  std::string text_;
  char separator_ = '\0';  // of the first line; ' ' for any blanks
  std::vector<std::string> cells_;
};

}  // namespace air::cli
