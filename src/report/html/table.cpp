// SPDX-License-Identifier: BSD-3-Clause
// Tables of an HTML page.
#include "report/html/table.h"

#include <fmt/format.h>

namespace air::report {
namespace {

std::string css_class(const HtmlColumn &column) {
  return std::string(column.number ? "n" : "t") + (column.on_wide ? " wide" : "") + (column.name ? " name" : "");
}

}  // namespace

Html HtmlTable::row(const std::vector<HtmlCell> &cells) const {
  Html content;
  for (size_t i = 0; i < cells.size(); ++i) {
    const HtmlColumn &column = columns_.at(i);
    const std::string key = cells[i].sort_key ? fmt::format("{}", *cells[i].sort_key) : "";
    content +=
        element(i == 0 ? "th" : "td", {{"scope", i == 0 ? "row" : ""}, {"class", css_class(column)}, {"data-key", key}},
                cells[i].content);
  }
  return bare_element("tr", content) + Html::markup("\n");
}

void HtmlTable::add(const std::vector<HtmlCell> &cells) {
  rows_ += row(cells);
}

void HtmlTable::add_last(const std::vector<HtmlCell> &cells) {
  last_ += row(cells);
}

Html HtmlTable::html(bool sortable) const {
  Html head;
  for (const HtmlColumn &column : columns_) {
    head += element("th", {{"scope", "col"}, {"class", css_class(column)}}, column.title);
  }
  const Html table =
      element("table", {{"class", sortable ? "sortable" : "plain"}},
              bare_element("caption", caption_) + bare_element("thead", bare_element("tr", head)) +
                  bare_element("tbody", rows_) + (last_.empty() ? Html() : bare_element("tfoot", last_)));
  // May be wider than the screen; a region that can be reached by keyboard can be scrolled by keyboard.
  return element("div", {{"class", "scroll"}, {"role", "region"}, {"aria-label", caption_}, {"tabindex", "0"}}, table);
}

void HtmlFacts::add(const char *name, const std::string &value) {
  if (!value.empty()) items_ += bare_element("div", bare_element("dt", name) + bare_element("dd", value));
}

Html HtmlFacts::html(const char *css_class) const {
  return element("dl", {{"class", css_class}}, items_);
}

}  // namespace air::report
