// SPDX-License-Identifier: BSD-3-Clause
// A JSON document from outside, read field by field: nothing in it is trusted, and errors name the place.
#pragma once

#include <cjson/cJSON.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace air::report {

// A value of a document, or its absence. A key that is missing reads as `null`, which stands for "not known" everywhere; a value of
// another type than asked for throws AIR_ERROR_INVALID_INPUT. Views live as long as their document.
class JsonView {
 public:
  JsonView(const cJSON *item, std::string place) : item_(item), place_(std::move(place)) {}

  const std::string &place() const { return place_; }
  bool is_null() const { return item_ == nullptr || cJSON_IsNull(item_) != 0; }
  JsonView operator[](const char *key) const;  // of an object, or of null

  std::optional<double> number() const;  // finite
  uint64_t count() const;                // a number from 0; 0 for null
  std::optional<uint64_t> size() const;  // the same, or nothing
  bool flag() const;
  std::string text() const;  // valid UTF-8; "" for null
  std::vector<JsonView> list() const;
  std::vector<std::pair<std::string, JsonView>> members() const;  // of an object, or of null
  std::vector<double> numbers() const;                            // NaN for null
  std::vector<std::string> texts() const;

  [[noreturn]] void refuse(const char *expected) const;

 private:
  const cJSON *item_;
  std::string place_;
};

// A text ends at a zero byte, which \u0000 stands for: what is behind it would be lost. Throws AIR_ERROR_INVALID_INPUT.
void refuse_zero_bytes(std::string_view json, const std::string &name);

class JsonDocument {
 public:
  JsonDocument(const char *text, std::string name);  // throws AIR_ERROR_INVALID_INPUT

  JsonView root() const { return {root_.get(), name_}; }

 private:
  std::string name_;
  std::unique_ptr<cJSON, decltype(&cJSON_Delete)> root_;
};

}  // namespace air::report
