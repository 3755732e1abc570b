// SPDX-License-Identifier: BSD-3-Clause
// Reads the quirks of a backend from JSON.
#include "quirks.h"

#include <cjson/cJSON.h>
#include <fmt/format.h>

#include <fstream>
#include <iterator>
#include <map>
#include <memory>
#include <stdexcept>

#include "airunner.h"

namespace conformance {
namespace {

[[noreturn]] void wrong(const std::string &key, const char *expected) {
  throw std::runtime_error(fmt::format("quirk \"{}\": expected {}", key, expected));
}

bool read_bool(const cJSON &item) {
  if (!cJSON_IsBool(&item)) wrong(item.string, "true or false");
  return cJSON_IsTrue(&item) != 0;
}

double read_number(const cJSON &item) {
  if (!cJSON_IsNumber(&item) || item.valuedouble < 0.0) wrong(item.string, "a number of at least 0");
  return item.valuedouble;
}

std::pair<double, double> read_range(const cJSON &item) {
  const cJSON *low = cJSON_GetArrayItem(&item, 0);
  const cJSON *high = cJSON_GetArrayItem(&item, 1);
  if (cJSON_GetArraySize(&item) != 2 || !cJSON_IsNumber(low) || !cJSON_IsNumber(high))
    wrong(item.string, "[low, high]");
  return {low->valuedouble, high->valuedouble};
}

uint32_t read_capabilities(const cJSON &item) {
  static const std::map<std::string, uint32_t> bits = {
      {"PER_LAYER", AIR_CAP_PER_LAYER},       {"PER_LAYER_DATA", AIR_CAP_PER_LAYER_DATA},
      {"SELF_TEST", AIR_CAP_SELF_TEST},       {"RELOC", AIR_CAP_RELOC},
      {"MEMORY_RW", AIR_CAP_MEMORY_RW},       {"USBC", AIR_CAP_USBC},
      {"NODE_BEGIN", AIR_CAP_NODE_BEGIN},     {"CANCEL_RUN", AIR_CAP_CANCEL_RUN},
      {"RESET_STATES", AIR_CAP_RESET_STATES}, {"GIVEN", AIR_CAP_GIVEN}};
  uint32_t found = 0;
  const cJSON *name = nullptr;
  cJSON_ArrayForEach(name, &item) {
    const auto bit = cJSON_IsString(name) ? bits.find(name->valuestring) : bits.end();
    if (bit == bits.end()) wrong(item.string, "a list of capabilities such as \"PER_LAYER\"");
    found |= bit->second;
  }
  return found;
}

void read_item(const cJSON &item, Quirks &quirks) {
  const std::string key = item.string;
  if (key == "models") {
    quirks.models = static_cast<uint32_t>(read_number(item));
  } else if (key == "capabilities") {
    quirks.capabilities = read_capabilities(item);
  } else if (key == "deterministic") {
    quirks.deterministic = read_bool(item);
  } else if (key == "stateful") {
    quirks.stateful = read_bool(item);
  } else if (key == "tolerance") {
    quirks.tolerance = read_number(item);
  } else if (key == "parallel") {
    quirks.parallel = read_bool(item);
  } else if (key == "last_node_is_output") {
    quirks.last_node_is_output = read_bool(item);
  } else if (key == "input_range") {
    quirks.input_range = read_range(item);
  } else if (key != "comment") {
    throw std::runtime_error(fmt::format("unknown quirk \"{}\": see docs/conformance.md", key));
  }
}

}  // namespace

Quirks read_quirks(const std::string &path) {
  Quirks quirks;
  if (path.empty()) return quirks;
  std::ifstream file(path);
  if (!file) throw std::runtime_error(fmt::format("cannot read the quirks in {}", path));
  const std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  const std::unique_ptr<cJSON, void (*)(cJSON *)> json(cJSON_Parse(text.c_str()), cJSON_Delete);
  if (!cJSON_IsObject(json.get())) throw std::runtime_error(fmt::format("{} is not a JSON object", path));
  const cJSON *item = nullptr;
  cJSON_ArrayForEach(item, json.get()) read_item(*item, quirks);
  return quirks;
}

}  // namespace conformance
