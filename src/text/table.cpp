// SPDX-License-Identifier: BSD-3-Clause
// Tables and labelled lines for terminals of any width.
#include "text/table.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <limits>

#include "common/utf8.h"
#include "text/width.h"

namespace air {
namespace {

constexpr size_t kIndent = 2;                    // before a line
constexpr size_t kGap = 2;                       // between columns
constexpr size_t kLabel = 14;                    // of labelled lines
constexpr size_t kValue = kIndent + kLabel + 1;  // where their values begin
constexpr size_t kWidestText = 120;              // of sentences, where the width is unlimited
constexpr size_t kHidden = std::numeric_limits<size_t>::max();

const char *escape(Style style) {
  switch (style) {
    case Style::kBold:
      return "\x1b[1m";
    case Style::kDim:
      return "\x1b[2m";
    case Style::kAccent:
      return "\x1b[36m";
    case Style::kWarm:
      return "\x1b[33m";
    case Style::kHot:
      return "\x1b[31m";
    case Style::kPlain:
      break;
  }
  return "";
}

// Columns of a whole line.
size_t total(const std::vector<size_t> &widths) {
  size_t sum = 0;
  for (const size_t width : widths) {
    if (width != kHidden) sum += (sum == 0 ? kIndent : kGap) + width;
  }
  return sum;
}

size_t room_for_value(size_t width) {
  return width > kValue ? width - kValue : 1;
}

std::string styled_label(std::string_view label, bool colour) {
  const std::string padding(kLabel - std::min(kLabel, display_width(label)) + 1, ' ');
  return std::string(kIndent, ' ') + styled(label, Style::kDim, colour) + padding;
}

}  // namespace

std::string styled(std::string_view text, Style style, bool colour) {
  if (!colour || style == Style::kPlain) return std::string(text);
  return fmt::format("{}{}\x1b[0m", escape(style), text);
}

std::string title_line(std::string_view title, size_t width, bool colour) {
  const std::string text = printable(title);
  return styled(width == 0 ? text : shortened(text, width), Style::kBold, colour) + '\n';
}

std::string title_text(std::string_view title, size_t width, bool colour) {
  const std::string text = printable(title);
  if (width == 0) return styled(text, Style::kBold, colour) + '\n';
  std::string lines;
  for (const std::string &line : wrapped(text, width)) lines += styled(line, Style::kBold, colour) + '\n';
  return lines;
}

std::string labelled_line(std::string_view label, std::string_view value, size_t width, bool colour) {
  std::string text = printable(value);
  if (width > 0) text = shortened_in_middle(text, room_for_value(width));
  return styled_label(label, colour) + text + '\n';
}

std::string labelled_text(std::string_view label, std::string_view value, size_t width, bool colour) {
  const std::string indent = '\n' + std::string(kValue, ' ');
  const size_t room = room_for_value(width == 0 ? kWidestText : width);
  return styled_label(label, colour) + fmt::format("{}\n", fmt::join(wrapped(printable(value), room), indent));
}

void Table::add(std::vector<Cell> row) {
  for (Cell &cell : row) cell.text = printable(cell.text);
  row.resize(columns_.size());
  rows_.push_back(std::move(row));
}

// The visible column of the highest rank, or the number of columns when all that are visible must stay.
size_t Table::next_to_hide(const std::vector<size_t> &widths) const {
  size_t found = columns_.size();
  for (size_t i = 0; i < columns_.size(); ++i) {
    if (widths[i] == kHidden || columns_[i].rank == 0) continue;
    if (found == columns_.size() || columns_[i].rank > columns_[found].rank) found = i;
  }
  return found;
}

// Columns of the highest ranks go until the rest fits when texts are shortened to their least; then texts get back what is left,
// the first ones first.
std::vector<size_t> Table::fitted_widths(size_t width) const {
  std::vector<size_t> natural;
  std::vector<size_t> widths;
  for (size_t i = 0; i < columns_.size(); ++i) {
    size_t widest = display_width(columns_[i].title);
    for (const auto &row : rows_) widest = std::max(widest, display_width(row[i].text));
    if (columns_[i].max_width > 0) widest = std::min(widest, columns_[i].max_width);
    natural.push_back(widest);
    widths.push_back(columns_[i].min_width > 0 ? std::min(columns_[i].min_width, widest) : widest);
  }
  if (width == 0) return natural;
  while (total(widths) > width) {
    const size_t hidden = next_to_hide(widths);
    if (hidden == columns_.size()) break;
    widths[hidden] = kHidden;
  }
  size_t left = width - std::min(width, total(widths));
  for (size_t i = 0; i < widths.size(); ++i) {
    if (widths[i] == kHidden) continue;
    const size_t more = std::min(left, natural[i] - widths[i]);
    widths[i] += more;
    left -= more;
  }
  return widths;
}

std::string Table::line(const std::vector<Cell> &row, const std::vector<size_t> &widths, bool colour) const {
  std::string result;
  size_t blanks = kIndent;  // written only before the next text, so that no line ends with them
  for (size_t i = 0; i < row.size(); ++i) {
    if (widths[i] == kHidden) continue;
    const bool from_left = columns_[i].cut == Cut::kBegin;
    const std::string text =
        from_left ? shortened_from_left(row[i].text, widths[i]) : shortened(row[i].text, widths[i]);
    const size_t padding = widths[i] - display_width(text);
    if (columns_[i].right) blanks += padding;
    if (!text.empty()) {
      result.append(blanks, ' ');
      result += styled(text, row[i].style, colour);
      blanks = 0;
    }
    blanks += kGap + (columns_[i].right ? 0 : padding);
  }
  return result += '\n';
}

std::string Table::render(size_t width, bool colour) const {
  const std::vector<size_t> widths = fitted_widths(width);
  std::vector<Cell> titles;
  for (const Column &column : columns_) titles.push_back({column.title, Style::kBold});
  std::string result = line(titles, widths, colour);
  for (const auto &row : rows_) result += line(row, widths, colour);
  return result;
}

}  // namespace air
