// SPDX-License-Identifier: BSD-3-Clause
// A JSON document from outside, read field by field.
#include "report/json/view.h"

#include <fmt/format.h>

#include <cmath>
#include <limits>

#include "common/error.h"
#include "common/json.h"
#include "common/utf8.h"

namespace air::report {
namespace {

const char *type_name(const cJSON *item) {
  if (cJSON_IsBool(item) != 0) return "true or false";
  if (cJSON_IsNumber(item) != 0) return "a number";
  if (cJSON_IsString(item) != 0) return "a text";
  if (cJSON_IsArray(item) != 0) return "a list";
  return cJSON_IsObject(item) != 0 ? "an object" : "null";
}

constexpr double kEndOfCounts = 18446744073709551616.0;  // which is also what a double makes of the largest

}  // namespace

void JsonView::refuse(const char *expected) const {
  fail(AIR_ERROR_INVALID_INPUT, "{}: expected {}, got {}", place_, expected, type_name(item_));
}

JsonView JsonView::operator[](const char *key) const {
  if (is_null()) return {nullptr, place_};
  if (cJSON_IsObject(item_) == 0) refuse("an object");
  return {cJSON_GetObjectItemCaseSensitive(item_, key), fmt::format("{}.{}", place_, key)};
}

std::optional<double> JsonView::number() const {
  if (is_null()) return std::nullopt;
  if (cJSON_IsNumber(item_) == 0) refuse("a number");
  if (!std::isfinite(item_->valuedouble)) fail(AIR_ERROR_INVALID_INPUT, "{}: the number is too large", place_);
  return item_->valuedouble;
}

std::optional<uint64_t> JsonView::size() const {
  const std::optional<double> value = number();
  if (!value) return std::nullopt;
  if (*value == kEndOfCounts) return std::numeric_limits<uint64_t>::max();
  if (!(*value >= 0 && *value < kEndOfCounts) || *value != std::floor(*value)) {
    fail(AIR_ERROR_INVALID_INPUT, "{}: expected a whole number from 0, got {}", place_, *value);
  }
  return static_cast<uint64_t>(*value);
}

uint64_t JsonView::count() const {
  return size().value_or(0);
}

bool JsonView::flag() const {
  if (is_null()) return false;
  if (cJSON_IsBool(item_) == 0) refuse("true or false");
  return cJSON_IsTrue(item_) != 0;
}

std::string JsonView::text() const {
  if (is_null()) return "";
  if (cJSON_IsString(item_) == 0) refuse("a text");
  return valid_utf8(item_->valuestring);
}

std::vector<JsonView> JsonView::list() const {
  std::vector<JsonView> result;
  if (is_null()) return result;
  if (cJSON_IsArray(item_) == 0) refuse("a list");
  for (const cJSON *item = item_->child; item != nullptr; item = item->next) {
    result.emplace_back(item, fmt::format("{}[{}]", place_, result.size()));
  }
  return result;
}

std::vector<std::pair<std::string, JsonView>> JsonView::members() const {
  std::vector<std::pair<std::string, JsonView>> result;
  if (is_null()) return result;
  if (cJSON_IsObject(item_) == 0) refuse("an object");
  for (const cJSON *item = item_->child; item != nullptr; item = item->next) {
    result.emplace_back(valid_utf8(item->string), JsonView(item, fmt::format("{}.{}", place_, item->string)));
  }
  return result;
}

std::vector<double> JsonView::numbers() const {
  std::vector<double> result;
  if (is_null()) return result;
  if (cJSON_IsArray(item_) == 0) refuse("a list");
  for (const cJSON *item = item_->child; item != nullptr; item = item->next) {
    if (cJSON_IsNull(item) == 0 && cJSON_IsNumber(item) == 0) {
      JsonView(item, fmt::format("{}[{}]", place_, result.size())).refuse("a number");
    }
    const bool usable = cJSON_IsNumber(item) != 0 && std::isfinite(item->valuedouble);
    result.push_back(usable ? item->valuedouble : std::numeric_limits<double>::quiet_NaN());
  }
  return result;
}

std::vector<std::string> JsonView::texts() const {
  std::vector<std::string> result;
  for (const JsonView &item : list()) result.push_back(item.text());
  return result;
}

void refuse_zero_bytes(std::string_view json, const std::string &name) {
  constexpr std::string_view kZero = "\\u0000";
  for (size_t at = json.find(kZero); at != std::string_view::npos; at = json.find(kZero, at + 1)) {
    const size_t before = json.substr(0, at).find_last_not_of('\\');
    const size_t n_backslashes = at - (before == std::string_view::npos ? 0 : before + 1);
    if (n_backslashes % 2 == 0)
      fail(AIR_ERROR_INVALID_INPUT, "{}: a text has a zero byte, \\u0000, at byte {}", name, at);
  }
}

JsonDocument::JsonDocument(const char *text, std::string name) : name_(std::move(name)), root_(nullptr, &cJSON_Delete) {
  refuse_zero_bytes(text, name_);
  const char *end = nullptr;
  root_.reset(parse_json([&] { return cJSON_ParseWithOpts(text, &end, 1); }));
  if (root_ == nullptr) {
    fail(AIR_ERROR_INVALID_INPUT, "{}: is not a JSON document, see byte {}", name_, end == nullptr ? 0 : end - text);
  }
  if (cJSON_IsObject(root_.get()) == 0) root().refuse("an object");
}

}  // namespace air::report
