// SPDX-License-Identifier: BSD-3-Clause
// JSON documents on cJSON.
#include "text/json_writer.h"

#include <new>

#include "common/utf8.h"

namespace air {

Json::Json(cJSON *item) : item_(item) {
  if (item == nullptr) throw std::bad_alloc();
}

Json::Json(std::nullptr_t) : Json(cJSON_CreateNull()) {}
Json::Json(std::string_view text) : Json(cJSON_CreateString(valid_utf8(text).c_str())) {}

Json Json::object() {
  return Json(cJSON_CreateObject());
}
Json Json::array() {
  return Json(cJSON_CreateArray());
}
Json Json::raw(const std::string &text) {
  return Json(cJSON_CreateRaw(text.c_str()));
}

Json &Json::add(const char *key, Json value) {
  if (cJSON_AddItemToObject(item_.get(), key, value.item_.get()) == 0) throw std::bad_alloc();
  (void)value.item_.release();
  return *this;
}

Json &Json::add(Json value) {
  if (cJSON_AddItemToArray(item_.get(), value.item_.get()) == 0) throw std::bad_alloc();
  (void)value.item_.release();
  return *this;
}

std::string Json::print(bool compact) const {
  const std::unique_ptr<char, decltype(&cJSON_free)> text(
      compact ? cJSON_PrintUnformatted(item_.get()) : cJSON_Print(item_.get()), &cJSON_free);
  if (text == nullptr) throw std::bad_alloc();
  std::string result(text.get());
  if (!compact) result += '\n';
  return result;
}

}  // namespace air
