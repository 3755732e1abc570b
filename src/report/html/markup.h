// SPDX-License-Identifier: BSD-3-Clause
// Pieces of an HTML page. What comes as text is escaped on the way in, so that a page cannot hold markup of a document.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

namespace air::report {

class Html {
 public:
  Html() = default;
  Html(std::string_view text);  // escaped; control characters become U+FFFD
  Html(const std::string &text) : Html(std::string_view(text)) {}
  Html(const char *text) : Html(std::string_view(text)) {}

  static Html markup(std::string_view constant);  // taken as it is: for texts of our own only

  Html &operator+=(const Html &other) {
    markup_ += other.markup_;
    return *this;
  }
  bool empty() const { return markup_.empty(); }
  const std::string &str() const { return markup_; }

 private:
  std::string markup_;
};

inline Html operator+(Html left, const Html &right) {
  return left += right;
}

struct Attribute {
  const char *name;
  std::string value;  // escaped when written
};

// <name attribute="value">content</name>. Attributes without a value are left out; meta has no end.
Html element(const char *name, std::initializer_list<Attribute> attributes, const Html &content = {});
Html bare_element(const char *name, const Html &content);  // without attributes

std::string decimal(double value);  // for coordinates: two decimals at most

}  // namespace air::report
