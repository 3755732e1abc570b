// SPDX-License-Identifier: BSD-3-Clause
// Checks that the reports agree with what the C functions tell.
#include <cjson/cJSON.h>

#include <algorithm>
#include <memory>
#include <string_view>

#include "airunner_report.h"
#include "model.h"

namespace conformance {
namespace {

using Json = std::unique_ptr<cJSON, void (*)(cJSON *)>;
using Text = std::unique_ptr<char, void (*)(char *)>;

Json parse(char *text) {
  const Text owned(text, air_free_text);
  Json json(cJSON_ParseWithOpts(text, nullptr, 1), cJSON_Delete);
  check(json != nullptr, "not JSON: {}", text);
  return json;
}

const cJSON &item(const cJSON &object, const char *key) {
  const cJSON *found = cJSON_GetObjectItemCaseSensitive(&object, key);
  check(found != nullptr, "key \"{}\" is missing", key);
  return *found;
}

void check_text(const cJSON &object, const char *key, std::string_view expected) {
  const cJSON &found = item(object, key);
  check(cJSON_IsString(&found) && found.valuestring == expected, "key \"{}\" is not \"{}\"", key, expected);
}

void check_count(const cJSON &object, const char *key, uint64_t expected) {
  const cJSON &found = item(object, key);
  const auto n = static_cast<uint64_t>(cJSON_GetArraySize(&found));
  check(cJSON_IsArray(&found) && n == expected, "key \"{}\" has {} entries, expected {}", key, n, expected);
}

// The nodes that were measured.
std::span<const air_node *const> with_nodes(const air_result &result) {
  if ((air_get_profile(&result)->mode & AIR_MODE_PER_LAYER) == 0) return {};
  return nodes_of(result);
}

void info_json(const Context &context) {
  const Model model(context);
  char *text = nullptr;
  check_ok(air_model_to_json(&model.info(), 0, &text), "model to JSON");
  const Json json = parse(text);
  check_text(*json, "name", model.info().name);
  check(item(*json, "n_nodes").valuedouble == model.info().n_nodes_told, "n_nodes differs");
  check_count(*json, "inputs", model.info().n_inputs);
  check_count(*json, "outputs", model.info().n_outputs);
  for (size_t i = 0; i < model.inputs().size(); ++i) {
    const cJSON &tensor = *cJSON_GetArrayItem(&item(*json, "inputs"), static_cast<int>(i));
    check_text(tensor, "name", model.inputs()[i]->name);
    check_count(tensor, "shape", model.inputs()[i]->rank + 1);
  }
  check_text(item(*json, "runtime"), "name", air_get_property(&model.info(), "runtime"));
}

void profile_json(const Context &context) {
  const Model model(context);
  for (const uint32_t mode : {AIR_MODE_IO_ONLY, AIR_MODE_PER_LAYER, AIR_MODE_PER_LAYER_WITH_DATA}) {
    Batch batch(context, model, 3);
    const HeldResult result = batch.run(model, in_mode(mode));
    char *text = nullptr;
    check_ok(air_result_to_json(result.get(), AIR_JSON_COMPACT | AIR_JSON_DATA, &text), "result to JSON");
    check(std::string_view(text).find('\n') == std::string_view::npos, "compact JSON has line breaks");
    const Json json = parse(text);
    const air_profile &profile = *air_get_profile(result.get());
    const auto nodes = with_nodes(*result);
    check_count(*json, "c_durations", profile.n_runs);
    check_count(*json, "c_nodes", nodes.size());
    check_text(item(*json, "info"), "name", model.info().name);
    for (uint32_t n = 0; n < nodes.size(); ++n) {
      const cJSON &node = *cJSON_GetArrayItem(&item(*json, "c_nodes"), static_cast<int>(n));
      check_text(node, "name", nodes[n]->name);
      check_count(node, "c_durations", profile.n_runs);
    }
  }
}

void texts(const Context &context) {
  const Model model(context);
  Batch batch(context, model, 2);
  const HeldResult result = batch.run(model, in_mode(AIR_MODE_PER_LAYER));
  char *text = nullptr;
  check_ok(air_model_to_text(&model.info(), nullptr, &text), "model to text");
  const Text info(text, air_free_text);
  check(std::string_view(text).find(model.info().name) != std::string_view::npos, "the text does not name the model");
  check_ok(air_result_to_text(result.get(), nullptr, &text), "result to text");
  const Text profile(text, air_free_text);
  check_ok(air_result_to_csv(result.get(), &text), "result to CSV");
  const Text csv(text, air_free_text);
  size_t n_lines = 0;
  for (const char *at = text; *at != '\0'; ++at) n_lines += *at == '\n' ? 1 : 0;
  const size_t n_rows = std::max<size_t>(with_nodes(*result).size(), 1);
  check(n_lines == n_rows + 1, "the CSV has {} lines, expected {}", n_lines, n_rows + 1);
}

constexpr Check kChecks[] = {
    {"reports: info as JSON", info_json}, {"reports: profile as JSON", profile_json}, {"reports: text and CSV", texts}};

}  // namespace

std::span<const Check> report_checks() {
  return kChecks;
}

}  // namespace conformance
