// SPDX-License-Identifier: BSD-3-Clause
// Some nodes of a model as a model of their own, by the options only and save of its backend.
#include "cli/reproducer/part.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <span>
#include <utility>

#include "cli/running/failure.h"
#include "cli/running/interrupt.h"
#include "cli/running/limit.h"
#include "cli/running/plugins.h"

namespace air::cli {
namespace {

const char *property(const air_model &model, const char *key) {
  const char *value = air_get_property(&model, key);
  return value == nullptr ? "" : value;
}

bool has_option(const Options &options, const air_model &model, std::string_view key) {
  const Plugins plugins(options, false);
  return std::ranges::any_of(plugins.all(), [&](const air_plugin &plugin) {
    const std::span known(plugin.options, plugin.n_options);
    return std::string_view(plugin.name) == model.backend &&
           std::ranges::any_of(known, [key](const air_option_info *option) { return key == option->key; });
  });
}

std::set<uint32_t> with(std::set<uint32_t> nodes, uint32_t node) {
  nodes.insert(node);
  return nodes;
}

}  // namespace

bool can_be_parted(const Options &options, const air_model &model) {
  return has_option(options, model, "only") && has_option(options, model, "save");
}

Part::Part(const Options &options, const air_result *result, std::set<uint32_t> nodes)
    : options_(options), result_(result), nodes_(std::move(nodes)) {
  const air_model &whole = *air_get_result_model(result);
  connect(fmt::format("only=#{}", fmt::join(nodes_, ",#")));
  if (model().n_nodes > kMostOperators && has_option(options, whole, "fold")) {
    try {
      connect("fold=1");
      is_folded_ = true;
    } catch (const Failure &) {  // there is nothing to fold: it stays as it is
      backend_options_.pop_back();
    }
  }
  if (std::string_view(property(model(), "hash")) != property(whole, "hash")) {
    throw Failure(kFailed, fmt::format("{} is another model now than the one that was run", whole.descriptor));
  }
}

void Part::save(const std::string &file) {
  connect("save=" + file);
}

void Part::connect(const std::string &more) {
  backend_options_.push_back(more);
  Options own = options_;
  own.descriptor = air_get_result_model(result_)->descriptor;
  own.model.clear();
  own.weights.clear();
  own.backend_options = backend_options_;
  connection_ = std::make_unique<Connection>(own);
}

std::optional<uint32_t> Part::writer_of(std::string_view input) const {
  const std::optional<Tensor> tensor = find_tensor(result_, input);
  if (!tensor || tensor->place != AIR_PLACE_NODE) return {};
  return tensor->node;
}

HeldResult Part::run(const std::vector<Stored> &inputs) const {
  std::vector<air_input> given;
  for (const Stored &values : inputs) given.push_back({.data = values.data(), .size_bytes = values.size()});
  const air_invoke_options invoke = {.struct_size = sizeof(invoke),
                                     .mode = AIR_MODE_PER_LAYER_WITH_DATA | AIR_MODE_KEEP_INPUTS,
                                     .timeout_ms = options_.timeout_ms(),
                                     .token = options_.token};
  const Waiting waiting;
  const Limit limit("running a part of " + std::string(air_get_result_model(result_)->descriptor), invoke.timeout_ms);
  HeldResult result;
  check(air_invoke(connection_->session(), 1, given.data(), static_cast<uint32_t>(given.size()), nullptr, 0, &invoke,
                   nullptr, result.out()),
        kFailed);
  return result;
}

bool only_quantizes(const air_node &node) {
  const std::string_view operation = node.operation;
  constexpr std::string_view kNames[] = {"QuantizeLinear", "DequantizeLinear", "QUANTIZE", "DEQUANTIZE"};
  return std::ranges::any_of(kNames, [&](std::string_view name) { return operation.starts_with(name); });
}

Choice choose_nodes(const Options &options, const air_result *result, uint32_t node, const air_tensor *output,
                    const std::function<bool(std::string_view)> &known) {
  const air_model &model = *air_get_result_model(result);
  auto part = std::make_unique<Part>(options, result, std::set<uint32_t>{node});
  std::vector<Choice> behind;
  while (only_quantizes(*model.nodes[node]) && part->model().n_inputs > 0) {
    const std::optional<uint32_t> writer = part->writer_of(part->model().inputs[0]->name);
    if (!writer || model.nodes[*writer]->n_outputs == 0) break;
    behind.push_back({{node}, output});
    node = *writer;
    output = model.nodes[node]->outputs[0];
    part = std::make_unique<Part>(options, result, std::set<uint32_t>{node});
  }
  const auto add = [&](uint32_t other) {
    auto larger = std::make_unique<Part>(options, result, with(part->nodes(), other));
    if (larger->model().n_nodes > kMostOperators) return false;
    part = std::move(larger);
    return true;
  };
  // The node that computes an input of this kind; nothing where there is none.
  const auto writer_above = [&](const std::function<bool(std::string_view)> &wanted) -> std::optional<uint32_t> {
    for (const air_tensor *input : std::span(part->model().inputs, part->model().n_inputs)) {
      const std::optional<uint32_t> writer = wanted(input->name) ? part->writer_of(input->name) : std::nullopt;
      if (writer) return writer;
    }
    return {};
  };
  while (const auto writer = writer_above([&](std::string_view input) { return !known(input); })) {
    if (!add(*writer)) break;
  }
  // What quantizes the values that it gives, then what does so with those that it gets.
  for (; !behind.empty() && add(*behind.back().nodes.begin()); behind.pop_back()) output = behind.back().output;
  const auto is_quantizer = [&](std::string_view input) {
    const std::optional<uint32_t> writer = part->writer_of(input);
    return writer && only_quantizes(*model.nodes[*writer]);
  };
  while (const auto writer = writer_above(is_quantizer)) {
    if (!add(*writer)) break;
  }
  return {part->nodes(), output};
}

}  // namespace air::cli
