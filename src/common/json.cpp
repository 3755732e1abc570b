// SPDX-License-Identifier: BSD-3-Clause
// A JSON document from outside, read field by field.
#include "common/json.h"

#include <fmt/format.h>

#include <cmath>
#include <limits>

#include "common/error.h"
#include "common/utf8.h"

namespace air {
namespace {

const char *type_name(const cJSON *item) {
  if (item == nullptr) return "nothing";
  if (cJSON_IsBool(item) != 0) return "true or false";
  if (cJSON_IsNumber(item) != 0) return "a number";
  if (cJSON_IsString(item) != 0) return "a text";
  if (cJSON_IsArray(item) != 0) return "a list";
  return cJSON_IsObject(item) != 0 ? "an object" : "null";
}

// ---- Integers that a double cannot hold reach their reader as texts of a mark and their digits. Texts that begin with the mark get another.

constexpr std::string_view kDigits = "0123456789";
constexpr std::string_view kNumberBegins = "-0123456789";
constexpr char kMark = '#';

bool is_long(std::string_view part) {
  constexpr size_t exact_digits = 15;
  if (part.starts_with('-')) part.remove_prefix(1);
  return part.size() > exact_digits && part.find_first_not_of(kDigits) == std::string_view::npos;
}

// Behind the text that begins at `begin`.
size_t end_of_text(std::string_view json, size_t begin) {
  size_t at = begin + 1;
  while (at < json.size() && json[at] != '"') at += json[at] == '\\' ? 2 : 1;
  return at + 1;
}

// Behind the text, the number, or whatever stands between them.
size_t end_of_part(std::string_view json, size_t begin) {
  if (json[begin] == '"') return end_of_text(json, begin);
  if (kNumberBegins.find(json[begin]) != std::string_view::npos) {
    return json.find_first_not_of("+-.Ee0123456789", begin);
  }
  return json.find_first_of("\"-0123456789", begin);
}

bool begins_with_mark(std::string_view part) {
  return part.starts_with("\"#") || part.starts_with("\"\\u0023");
}

bool is_key(std::string_view json, size_t end) {
  const size_t next = json.find_first_not_of(" \t\r\n", end);
  return next != std::string_view::npos && json[next] == ':';
}

std::string with_long_integers_as_texts(std::string_view json) {
  std::string result;
  result.reserve(json.size());
  for (size_t at = 0; at < json.size();) {
    const std::string_view part = json.substr(at, end_of_part(json, at) - at);
    at += part.size();
    if (is_long(part) && !is_key(json, at)) {
      result.append({'"', kMark}).append(part).append(1, '"');
    } else if (begins_with_mark(part) && !is_key(json, at)) {
      result.append({'"', kMark}).append(part.substr(1));
    } else {
      result.append(part);
    }
  }
  return result;
}

// A text ends at a zero byte, which \u0000 stands for: what is behind it would be lost.
void refuse_zero_bytes(std::string_view json, const std::string &name) {
  constexpr std::string_view kZero = "\\u0000";
  for (size_t at = json.find(kZero); at != std::string_view::npos; at = json.find(kZero, at + 1)) {
    const size_t before = json.substr(0, at).find_last_not_of('\\');
    const size_t n_backslashes = at - (before == std::string_view::npos ? 0 : before + 1);
    if (n_backslashes % 2 == 0)
      fail(AIR_ERROR_INVALID_INPUT, "{}: a text has a zero byte, \\u0000, at byte {}", name, at);
  }
}

cJSON *parsed(const std::string &json, const char *&end) {
  return parse_json([&] { return cJSON_ParseWithOpts(json.c_str(), &end, 1); });
}

// Puts the way from `root` to `item` in front of `path`. False where it is not below.
bool trace(const cJSON *root, const cJSON *item, std::string &path) {
  if (root == item) return true;
  size_t index = 0;
  for (const cJSON *child = root->child; child != nullptr; child = child->next, ++index) {
    if (!trace(child, item, path)) continue;
    path.insert(0, cJSON_IsArray(root) != 0 ? fmt::format("[{}]", index) : fmt::format(".{}", child->string));
    return true;
  }
  return false;
}

}  // namespace

std::string JsonView::place() const {
  std::string path = item_ == nullptr ? fmt::format(".{}", key_) : "";
  trace(document_->root.get(), item_ == nullptr ? within_ : item_, path);
  return document_->name + path;
}

void JsonView::refuse(const char *expected) const {
  fail(AIR_ERROR_INVALID_INPUT, "{}: expected {}, got {}", place(), expected,
       digits().empty() ? type_name(item_) : digits());
}

JsonView JsonView::operator[](const char *key) const {
  if (item_ == nullptr) return *this;
  if (is_null()) return member(nullptr, key);
  if (cJSON_IsObject(item_) == 0) refuse("an object");
  return member(cJSON_GetObjectItemCaseSensitive(item_, key), key);
}

JsonView JsonView::at(const char *key) const {
  const JsonView found = (*this)[key];
  if (found.is_null()) fail(AIR_ERROR_INVALID_INPUT, "{}: is missing", found.place());
  return found;
}

std::string_view JsonView::digits() const {
  const std::string_view text = cJSON_IsString(item_) != 0 ? item_->valuestring : "";
  return text.starts_with(kMark) && !text.substr(1).starts_with(kMark) ? text.substr(1) : "";
}

std::optional<int64_t> JsonView::small_integer() const {
  constexpr double limit = 9007199254740992.0;  // above 2^53 a double need not be the number that was written
  const double value = cJSON_IsNumber(item_) != 0 ? item_->valuedouble : NAN;
  if (!(std::fabs(value) <= limit) || value != std::floor(value)) return {};
  return static_cast<int64_t>(value);
}

double JsonView::real() const {
  if (!digits().empty()) return number_in<double>(digits()).value_or(HUGE_VAL);
  if (cJSON_IsNumber(item_) == 0) refuse("a number");
  return item_->valuedouble;
}

std::optional<double> JsonView::number() const {
  if (is_null()) return std::nullopt;
  const double value = real();
  if (!std::isfinite(value)) fail(AIR_ERROR_INVALID_INPUT, "{}: the number is too large", place());
  return value;
}

std::optional<uint64_t> JsonView::size() const {
  if (is_null()) return std::nullopt;
  if (const std::optional<uint64_t> value = exact_integer<uint64_t>()) return value;
  const std::optional<double> told = number();
  if (told == 0x1p64) return UINT64_MAX;  // what a program that keeps doubles makes of it
  if (!(*told >= 0 && *told < 0x1p64) || *told != std::floor(*told)) {
    fail(AIR_ERROR_INVALID_INPUT, "{}: expected a whole number from 0, got {}", place(), *told);
  }
  return static_cast<uint64_t>(*told);  // written with an exponent
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
  return is_null() ? "" : valid_utf8(exact_text());
}

const char *JsonView::exact_text() const {
  if (!is_text()) refuse("a text");
  return item_->valuestring + (item_->valuestring[0] == kMark ? 1 : 0);
}

std::vector<JsonView> JsonView::list() const {
  std::vector<JsonView> result;
  each([&](const JsonView &item) { result.push_back(item); });
  return result;
}

std::vector<std::pair<std::string, JsonView>> JsonView::members() const {
  std::vector<std::pair<std::string, JsonView>> result;
  if (is_null()) return result;
  if (cJSON_IsObject(item_) == 0) refuse("an object");
  for (const cJSON *item = item_->child; item != nullptr; item = item->next) {
    result.emplace_back(valid_utf8(item->string), member(item, item->string));
  }
  return result;
}

std::vector<double> JsonView::numbers() const {
  std::vector<double> result;
  constexpr double unknown = std::numeric_limits<double>::quiet_NaN();
  each([&](const JsonView &item) {
    const double value = item.is_null() ? unknown : item.real();
    result.push_back(std::isfinite(value) ? value : unknown);
  });
  return result;
}

std::vector<std::string> JsonView::texts() const {
  std::vector<std::string> result;
  each([&](const JsonView &item) { result.push_back(item.text()); });
  return result;
}

JsonDocument::JsonDocument(std::string_view text, std::string name)
    : document_(new JsonView::Document{std::move(name), {nullptr, &cJSON_Delete}}) {
  refuse_zero_bytes(text, document_->name);
  if (const size_t zero = text.find('\0'); zero != std::string_view::npos)
    fail(AIR_ERROR_INVALID_INPUT, "{}: is not a JSON document, see byte {}", document_->name, zero);
  const char *end = nullptr;
  document_->root.reset(parsed(with_long_integers_as_texts(text), end));
  if (document_->root == nullptr) {
    const std::string told(text);  // in which the place is looked for
    document_->root.reset(parsed(told, end));
    fail(AIR_ERROR_INVALID_INPUT, "{}: is not a JSON document, see byte {}", document_->name, end - told.c_str());
  }
  if (cJSON_IsObject(document_->root.get()) == 0 && cJSON_IsArray(document_->root.get()) == 0)
    root().refuse("an object");
}

}  // namespace air
