// SPDX-License-Identifier: BSD-3-Clause
// JSON documents on cJSON: owns the tree, keeps every number exact and every text valid UTF-8.
#pragma once

#include <cjson/cJSON.h>
#include <fmt/format.h>

#include <cmath>
#include <concepts>
#include <iterator>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace air {

// The shortest text that reads back as the same number; "null" for NaN and infinity, which JSON cannot say.
template <class T>
requires std::integral<T> || std::floating_point<T>
void append_number(std::string &out, T value) {
  if constexpr (std::floating_point<T>) {
    if (!std::isfinite(value)) {
      out += "null";
      return;
    }
  }
  fmt::format_to(std::back_inserter(out), "{}", value);
}

class Json {
 public:
  static Json object();
  static Json array();
  static Json raw(const std::string &text);  // text is JSON already

  Json(std::nullptr_t);
  template <std::same_as<bool> T>  // not for pointers, which convert to bool
  Json(T value) : Json(raw(value ? "true" : "false")) {}
  Json(std::string_view text);
  Json(const std::string &text) : Json(std::string_view(text)) {}
  Json(const char *text) : Json(std::string_view(text == nullptr ? "" : text)) {}

  // As raw text: cJSON itself stores doubles only, which would round 64-bit integers.
  template <class T>
  requires(std::integral<T> || std::floating_point<T>) && (!std::same_as<T, bool>)Json(T value)
      : Json(raw(number_text(value))) {}

  // A flat array. One raw item, since a node of the tree would cost 64 bytes per element.
  template <class T, size_t N>
  static Json numbers(std::span<const T, N> values) {
    std::string text = "[";
    for (const T value : values) {
      if (text.size() > 1) text += ',';
      append_number(text, value);
    }
    return raw(text + ']');
  }

  Json &add(const char *key, Json value);  // to an object
  Json &add(Json value);                   // to an array
  std::string print(bool compact) const;   // ends with a newline unless compact

 private:
  explicit Json(cJSON *item);

  template <class T>
  static std::string number_text(T value) {
    std::string text;
    append_number(text, value);
    return text;
  }

  struct Delete {
    void operator()(cJSON *item) const { cJSON_Delete(item); }
  };
  std::unique_ptr<cJSON, Delete> item_;
};

template <class Texts>
Json texts_json(const Texts &texts) {
  Json array = Json::array();
  for (const auto &text : texts) array.add(Json(text));
  return array;
}

}  // namespace air
