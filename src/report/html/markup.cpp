// SPDX-License-Identifier: BSD-3-Clause
// Pieces of an HTML page.
#include "report/html/markup.h"

#include <fmt/format.h>

#include "common/utf8.h"

namespace air::report {
namespace {

std::string escaped(std::string_view text) {
  std::string result;
  for (const char c : printable(text)) {
    switch (c) {
      case '&':
        result += "&amp;";
        break;
      case '<':
        result += "&lt;";
        break;
      case '>':
        result += "&gt;";
        break;
      case '"':
        result += "&quot;";
        break;
      case '\'':
        result += "&#39;";
        break;
      default:
        result += c;
    }
  }
  return result;
}

}  // namespace

Html::Html(std::string_view text) : markup_(escaped(text)) {}

Html Html::markup(std::string_view constant) {
  Html html;
  html.markup_ = constant;
  return html;
}

Html element(const char *name, std::initializer_list<Attribute> attributes, const Html &content) {
  std::string text = fmt::format("<{}", name);
  for (const Attribute &attribute : attributes) {
    if (attribute.value.empty()) continue;
    fmt::format_to(std::back_inserter(text), " {}=\"{}\"", attribute.name, escaped(attribute.value));
  }
  text += '>';
  text += content.str();
  if (std::string_view(name) != "meta") fmt::format_to(std::back_inserter(text), "</{}>", name);
  return Html::markup(text);
}

Html bare_element(const char *name, const Html &content) {
  return element(name, {}, content);
}

std::string decimal(double value) {
  std::string text = fmt::format("{:.2f}", value);
  text.erase(text.find_last_not_of('0') + 1);
  if (text.back() == '.') text.pop_back();
  return text == "-0" ? "0" : text;
}

}  // namespace air::report
