// SPDX-License-Identifier: BSD-3-Clause
// Tables of an HTML page: rows of cells under a caption, and lists of facts.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "report/html/markup.h"

namespace air::report {

struct HtmlColumn {
  std::string title;
  bool number = false;   // right-aligned
  bool on_wide = false;  // left out on narrow screens
  bool name = false;     // of something, as in the first column: as much room as that has
};

struct HtmlCell {
  HtmlCell(Html content) : content(std::move(content)) {}
  HtmlCell(const std::string &text) : content(text) {}
  HtmlCell(const char *text) : content(text) {}
  HtmlCell(Html content, double sort_key) : content(std::move(content)), sort_key(sort_key) {}

  Html content;
  std::optional<double> sort_key;  // else rows are sorted by the text
};

class HtmlTable {
 public:
  HtmlTable(std::string caption, std::vector<HtmlColumn> columns)
      : caption_(std::move(caption)), columns_(std::move(columns)) {}

  void add(const std::vector<HtmlCell> &row);       // as many cells as columns; the first is the header of its row
  void add_last(const std::vector<HtmlCell> &row);  // stays at the end when rows are sorted
  bool empty() const { return rows_.empty() && last_.empty(); }
  Html html(bool sortable = false) const;

 private:
  Html row(const std::vector<HtmlCell> &cells) const;

  std::string caption_;
  std::vector<HtmlColumn> columns_;
  Html rows_, last_;
};

// Name and value pairs; those without a value are left out.
class HtmlFacts {
 public:
  void add(const char *name, const std::string &value);
  Html html(const char *css_class) const;

 private:
  Html items_;
};

}  // namespace air::report
