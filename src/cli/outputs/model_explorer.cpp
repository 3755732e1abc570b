// SPDX-License-Identifier: BSD-3-Clause
// Node data for Google's Model Explorer, as its node_data_builder.py describes it.
#include "cli/outputs/model_explorer.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <set>
#include <span>

#include "cli/outputs/file_kinds.h"
#include "cli/running/failure.h"
#include "common/values.h"
#include "text/json_writer.h"

namespace air::cli {
namespace {

// ---- Keys: what Model Explorer calls a node

// Its adapter for ONNX keeps the names of nodes, of equal ones that of the first. Nodes without a name get one there that nobody else knows.
std::vector<std::string> keys_of_onnx(std::span<const air_node *const> nodes) {
  std::vector<std::string> keys;
  std::set<std::string> used;
  for (const air_node *node : nodes) {
    keys.push_back(used.insert(node->name).second ? node->name : "");
  }
  return keys;
}

// Its adapters for .tflite find a node by the name of a tensor that it computes, or else by the number of the operator.
std::vector<std::string> keys_of_tflite(std::span<const air_node *const> nodes) {
  std::map<std::string, int> n_called;
  for (const air_node *node : nodes) {
    for (const air_tensor *output : std::span(node->outputs, node->n_outputs)) ++n_called[output->name];
  }
  std::vector<std::string> keys;
  for (const air_node *node : nodes) {
    const std::string name = node->n_outputs == 0 ? "" : node->outputs[0]->name;
    const std::string number = fmt::format("{}", keys.size());
    keys.push_back(!name.empty() && n_called[name] == 1 ? name : n_called.contains(number) ? "" : number);
  }
  return keys;
}

using MakeKeys = std::vector<std::string> (*)(std::span<const air_node *const> nodes);

// NULL: the model is not of a file that Model Explorer shows.
MakeKeys keys_for(const air_model &model) {
  const std::string backend = model.backend;
  return backend == "onnxruntime" ? keys_of_onnx : backend == "litert" ? keys_of_tflite : nullptr;
}

// ---- Series

constexpr const char *kHeat = R"([{"stop":0,"bgColor":"#fff4e6"},{"stop":1,"bgColor":"#d9480f"}])";

// Values of nodes by their index in the model that they are laid over.
struct Series {
  const char *name;  // also in the name of its file
  const char *title;
  const char *gradient;  // of numbers, or NULL
  std::map<uint32_t, Json> values = {};

  void add_number(uint32_t node, double value, const std::string &colour = "") {
    if (std::isfinite(value)) add(node, std::stod(fmt::format("{:.6g}", value)), colour);
  }
  void add_text(uint32_t node, const std::string &text, const std::string &colour) {
    if (!text.empty()) add(node, text, colour);
  }

 private:
  void add(uint32_t node, Json value, const std::string &colour) {
    Json object = Json::object();
    object.add("value", std::move(value));
    if (!colour.empty()) object.add("bgColor", colour);
    values.insert_or_assign(node, std::move(object));
  }
};

std::string colour_of_verdict(const std::string &verdict) {
  static const std::map<std::string, std::string> known = {{"equal", "#2f9e44"},        {"rounding", "#66d9e8"},
                                                           {"quantization", "#4dabf7"}, {"own error", "#e03131"},
                                                           {"diverges", "#e03131"},     {"affected", "#ffa94d"}};
  const auto found = known.find(verdict);
  return found == known.end() ? "#ced4da" : found->second;
}

// One colour for each, in the order of their appearance.
class Colours {
 public:
  const char *of(const std::string &text) {
    static constexpr std::array<const char *, 5> all = {"#a5d8ff", "#b2f2bb", "#ffd8a8", "#eebefa", "#ced4da"};
    return all[std::min(known_.emplace(text, known_.size()).first->second, all.size() - 1)];
  }

 private:
  std::map<std::string, size_t> known_;
};

// The relative error of the tensor where it is largest.
double error_of(const air_node_pair &pair) {
  double largest = NAN;
  for (const air_tensor_pair *tensor : std::span(pair.tensors, pair.n_tensors))
    largest = std::fmax(largest, tensor->metrics[AIR_METRIC_L2R]);
  return largest;
}

void add_ratio(Series &ratios, uint32_t node, const air_local_error &local) {
  const char *colour = local.ratio <= local.threshold ? "#b2f2bb" : "#ff8787";
  std::isinf(local.ratio) ? ratios.add_text(node, "infinite", colour) : ratios.add_number(node, local.ratio, colour);
}

// ---- Files

constexpr std::array<const char *, 5> kNames = {"verdict", "ratio", "error", "time", "processor"};

std::string path_of(const std::string &path, const char *name) {
  return fmt::format("{}.{}.json", path.substr(0, path.size() - extension(path).size()), name);
}

std::string node_data(const Series &series, const std::vector<std::string> &keys) {
  Json results = Json::object();
  for (const auto &[node, value] : series.values) {
    if (!keys[node].empty()) results.add(keys[node].c_str(), Json::raw(value.print(true)));
  }
  Json object = Json::object();
  object.add("name", series.title).add("results", std::move(results));
  if (series.gradient != nullptr) object.add("gradient", Json::raw(series.gradient));
  return object.print(false);
}

// The first under the name that was given.
std::vector<Overlay> written(const std::string &path, const std::vector<Series> &all, const air_model &model) {
  const std::vector<std::string> keys = keys_for(model)(std::span(model.nodes, model.n_nodes));
  std::vector<Overlay> files;
  for (const Series &series : all) {
    if (files.empty() || !series.values.empty())
      files.push_back({files.empty() ? path : path_of(path, series.name), node_data(series, keys)});
  }
  return files;
}

}  // namespace

std::vector<OutputFile> overlay_files(const std::string &path) {
  if (path.empty()) return {};
  if (extension(path) != ".json")
    throw Failure(kUsage, fmt::format("--model-explorer {}: expected a name that ends in .json", path));
  std::vector<OutputFile> files = {{"--model-explorer", path}};
  for (const char *name : kNames) files.push_back({"--model-explorer", path_of(path, name)});
  return files;
}

void check_overlay(const std::string &path, std::initializer_list<const air_model *> models) {
  if (path.empty()) return;
  std::string told;
  for (const air_model *model : models) {
    if (model == nullptr) continue;
    if (keys_for(*model) != nullptr) return;
    told = fmt::format(", and '{}' is of backend {}", model->name, model->backend);
  }
  throw Failure(kUsage, fmt::format("--model-explorer {}: Model Explorer shows .onnx and .tflite files{}", path, told),
                {"compare it with the model that it was made from, as in `airunner compare model.tflite DESCRIPTOR`"});
}

std::vector<Overlay> overlays(const std::string &path, const air_model &model, const NodeTimes &measured) {
  if (path.empty()) return {};
  Series times{"time", "time, ms", kHeat}, processors{"processor", "processor", nullptr};
  Colours colours;
  for (uint32_t i = 0; i < model.n_nodes; ++i) {
    times.add_number(i, measured.median_ms(i));
    processors.add_text(i, model.nodes[i]->processor, colours.of(model.nodes[i]->processor));
  }
  if (times.values.empty()) {
    throw Failure(kFailed, fmt::format("--model-explorer {}: there are no times of nodes", path),
                  {"nodes are measured with --mode per-layer, where the runtime tells them"});
  }
  std::vector<Series> all;
  all.push_back(std::move(times));
  all.push_back(std::move(processors));
  return written(path, all, model);
}

std::vector<Overlay> overlays(const std::string &path, const air_comparison &comparison, const NodeTimes &measured) {
  if (path.empty()) return {};
  if (comparison.n_nodes == 0)
    throw Failure(
        kFailed,
        fmt::format("--model-explorer {}: nodes were not compared, since a side has no data of its nodes", path));
  const air_model &reference = *air_get_result_model(comparison.reference);
  const bool over_reference = keys_for(reference) != nullptr;
  Series verdicts{"verdict", "verdict", nullptr}, errors{"error", "relative error", kHeat},
      times{"time", "time, ms", kHeat}, processors{"processor", "processor", nullptr};
  Series ratios{"ratio", "error to what is predicted", nullptr};
  Colours colours;
  for (const air_node_pair *pair : std::span(comparison.nodes, comparison.n_nodes)) {
    const uint32_t node = over_reference ? pair->reference_index : pair->other_index;
    if (node == UINT32_MAX) continue;
    const std::string verdict = air_verdict_name(pair->verdict);
    const bool is_pair = pair->reference != nullptr && pair->other != nullptr;
    // Nodes that belong together, and have nothing that can be compared, have no verdict.
    if (!is_pair || pair->verdict != AIR_VERDICT_UNMATCHED)
      verdicts.add_text(node, verdict, colour_of_verdict(verdict));
    if (pair->local != nullptr) add_ratio(ratios, node, *pair->local);
    errors.add_number(node, error_of(*pair));
    if (pair->other == nullptr) continue;
    times.add_number(node, measured.median_ms(pair->other_index));
    processors.add_text(node, pair->other->processor, colours.of(pair->other->processor));
  }
  std::vector<Series> all;
  for (Series *series : {&verdicts, &ratios, &errors, &times, &processors}) all.push_back(std::move(*series));
  return written(path, all, over_reference ? reference : *air_get_result_model(comparison.other));
}

}  // namespace air::cli
