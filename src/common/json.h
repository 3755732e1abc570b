// SPDX-License-Identifier: BSD-3-Clause
// A JSON document from outside, read field by field: nothing in it is trusted, and errors name the place.
#pragma once

#include <cjson/cJSON.h>

#include <cerrno>
#include <cstdint>
#include <memory>
#include <new>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/numbers.h"

namespace air {

// What `parse` gives: a document, or NULL when the text is none, which cJSON says also where memory does not suffice. Throws std::bad_alloc.
template <class Parse>
cJSON *parse_json(Parse parse) {
  errno = 0;
  cJSON *document = parse();
  if (document == nullptr && errno == ENOMEM) throw std::bad_alloc();
  return document;
}

// A value of a document, or its absence. A key that is missing reads as `null`, which stands for "not known" everywhere; a value of
// another type than asked for throws AIR_ERROR_INVALID_INPUT. Views live as long as their document.
class JsonView {
 public:
  struct Document {
    std::string name;
    std::unique_ptr<cJSON, decltype(&cJSON_Delete)> root;
  };
  explicit JsonView(const Document &document) : document_(&document), item_(document.root.get()) {}

  std::string place() const;  // "name.nodes[3].shape"
  bool is_null() const { return item_ == nullptr || cJSON_IsNull(item_) != 0; }
  bool is_there() const { return item_ != nullptr; }
  bool is_text() const { return cJSON_IsString(item_) != 0 && digits().empty(); }
  JsonView operator[](const char *key) const;  // of an object, or of null
  JsonView at(const char *key) const;          // which must be there, and not null

  std::optional<double> number() const;  // finite
  uint64_t count() const;                // a number from 0; 0 for null
  std::optional<uint64_t> size() const;  // the same, or nothing
  bool flag() const;
  std::string text() const;        // valid UTF-8; "" for null
  const char *exact_text() const;  // that of the document, not for null
  std::vector<JsonView> list() const;
  std::vector<std::pair<std::string, JsonView>> members() const;  // of an object, or of null
  std::vector<double> numbers() const;                            // NaN for null
  std::vector<std::string> texts() const;
  // Exact, of any size.
  template <class T>
  T integer() const {
    const std::optional<T> value = exact_integer<T>();
    if (!value) refuse("an integer in range");
    return *value;
  }
  template <class T>
  T integer_or(T otherwise) const {  // for null
    return is_null() ? otherwise : integer<T>();
  }
  template <class T>
  std::vector<T> integers() const {
    std::vector<T> result;
    each([&](const JsonView &item) { result.push_back(item.integer<T>()); });
    return result;
  }

  [[noreturn]] void refuse(const char *expected) const;

 private:
  // cJSON keeps numbers as doubles: the digits of an integer that is none, "" of all others.
  std::string_view digits() const;
  std::optional<int64_t> small_integer() const;
  double real() const;  // infinite where a double cannot hold it

  template <class T>
  std::optional<T> exact_integer() const {
    if (const std::string_view text = digits(); !text.empty()) return number_in<T>(text);
    const std::optional<int64_t> value = small_integer();
    return value && std::in_range<T>(*value) ? std::optional(static_cast<T>(*value)) : std::nullopt;
  }

  template <class Use>
  void each(Use use) const {
    if (is_null()) return;
    if (cJSON_IsArray(item_) == 0) refuse("a list");
    for (const cJSON *item = item_->child; item != nullptr; item = item->next) use(member(item, ""));
  }
  JsonView member(const cJSON *item, const char *key) const {
    JsonView view = *this;
    view.item_ = item;
    view.within_ = item_;
    view.key_ = key;
    return view;
  }

  const Document *document_;
  const cJSON *item_;
  const cJSON *within_ = nullptr;  // where a missing one would be, under its key
  const char *key_ = "";
};

// Texts must not have \u0000, at which they would end. Throws AIR_ERROR_INVALID_INPUT.
class JsonDocument {
 public:
  JsonDocument(std::string_view text, std::string name);

  JsonView root() const { return JsonView(*document_); }  // an object or a list

 private:
  std::unique_ptr<JsonView::Document> document_;  // views refer to it
};

}  // namespace air
