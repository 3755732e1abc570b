// SPDX-License-Identifier: BSD-3-Clause
// Tables and labelled lines for terminals of any width.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace air {

enum class Style { kPlain, kBold, kDim, kAccent, kWarm, kHot };

// The text between the escape sequences of a style; as it is without colour.
std::string styled(std::string_view text, Style style, bool colour);

// The heading of a report.
std::string title_line(std::string_view title, size_t width, bool colour);

// The same where it is a sentence: as many lines as it takes.
std::string title_text(std::string_view title, size_t width, bool colour);

// "  label        value": shortened in the middle to `width` columns (0: unlimited), as suits descriptors and paths.
std::string labelled_line(std::string_view label, std::string_view value, size_t width, bool colour);

// The same for sentences: as many lines as it takes.
std::string labelled_text(std::string_view label, std::string_view value, size_t width, bool colour);

// Where a text that is too long loses something: names of layers differ at their ends.
enum class Cut { kEnd, kBegin };

struct Column {
  std::string title;
  bool right = false;    // numbers: aligned to the right
  size_t min_width = 0;  // a column of texts may be shortened to this; 0: never
  size_t max_width = 0;  // and is to this, whatever space there is; 0: never
  int rank = 0;          // columns with the highest rank are left out first when space is short; 0: never
  Cut cut = Cut::kEnd;
};

struct Cell {
  std::string text;
  Style style = Style::kPlain;
};

class Table {
 public:
  explicit Table(std::vector<Column> columns) : columns_(std::move(columns)) {}

  // One cell per column. Texts are made printable.
  void add(std::vector<Cell> row);

  // Lines of at most `width` columns (0: unlimited), each ending with a newline.
  std::string render(size_t width, bool colour) const;

 private:
  size_t next_to_hide(const std::vector<size_t> &widths) const;
  std::vector<size_t> fitted_widths(size_t width) const;
  std::string line(const std::vector<Cell> &row, const std::vector<size_t> &widths, bool colour) const;

  std::vector<Column> columns_;
  std::vector<std::vector<Cell>> rows_;
};

}  // namespace air
