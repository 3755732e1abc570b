// SPDX-License-Identifier: BSD-3-Clause
// Checks of the PER_LAYER modes: outputs stay the same, nodes are stable, data have their size, times make sense.
#include <algorithm>
#include <cmath>
#include <span>

#include "model.h"

namespace conformance {
namespace {

void need_nodes(const Model &model) {
  need(model.can(AIR_CAP_PER_LAYER), "the model has no PER_LAYER");
}

HeldResult run(const Model &model, Batch &batch, uint32_t mode, const air_callbacks *callbacks = nullptr) {
  model.start_afresh();
  return batch.run(model, in_mode(mode), callbacks);
}

void modes_give_the_same_outputs(const Context &context) {
  const Model model(context);
  Batch plain(context, model, 4);
  const HeldResult result = run(model, plain, AIR_MODE_IO_ONLY);
  for (uint32_t n = 0; n < nodes_of(*result).size(); ++n) {
    const uint32_t column = air_find_column(air_get_result_model(result.get()), "time.device");
    check(air_get_values(result.get(), column, n) == nullptr, "IO_ONLY has times of node {}", n);
  }
  for (const uint32_t mode : {AIR_MODE_PER_LAYER, AIR_MODE_PER_LAYER_WITH_DATA, AIR_MODE_IO_ONLY}) {
    Batch other(context, model, 4);
    run(model, other, mode);
    check_equal_outputs(context, model, other.outputs(), plain.outputs(), 4, fmt::format("mode {}", mode));
  }
}

void granted_modes(const Context &context) {
  const Model model(context);
  Batch batch(context, model, 1);
  const HeldResult result = run(model, batch, AIR_MODE_PER_LAYER_WITH_DATA);
  const air_profile &profile = *air_get_profile(result.get());
  check(((profile.mode & AIR_MODE_PER_LAYER) != 0) == model.can(AIR_CAP_PER_LAYER),
        "PER_LAYER was granted against the capabilities");
  check(((profile.mode & AIR_MODE_PER_LAYER_WITH_DATA) != 0) == model.can(AIR_CAP_PER_LAYER_DATA | AIR_CAP_PER_LAYER),
        "PER_LAYER_WITH_DATA was granted against the capabilities");
  check(profile.asked_mode == AIR_MODE_PER_LAYER_WITH_DATA, "mode {} was asked for", profile.asked_mode);
}

std::string description(const air_tensor &info) {
  const auto scales = info.quantization == nullptr ? std::span<const float>()
                                                   : std::span(info.quantization->scales, info.quantization->n);
  return fmt::format(", {} {} {} {} {} {} {}", info.name, info.tag, air_dtype_name(info.dtype), info.size_bytes,
                     fmt::join(std::span(info.shape, info.rank), "x"), static_cast<uint32_t>(info.encoding),
                     fmt::join(scales, " "));
}

// Text of what describes the nodes.
std::vector<std::string> descriptions(const air_result &result) {
  std::vector<std::string> texts;
  for (const air_node *node : nodes_of(result)) {
    std::string text = fmt::format("{} {} {} {}", node->name, node->operation, node->operation_code, node->layer);
    for (uint32_t k = 0; k < node->n_inputs; ++k) text += description(*node->inputs[k]);
    for (uint32_t k = 0; k < node->n_outputs; ++k) text += description(*node->outputs[k]);
    texts.push_back(text);
  }
  return texts;
}

void nodes_are_stable(const Context &context) {
  const Model model(context);
  need_nodes(model);
  Batch batch(context, model, 2);
  const HeldResult first = run(model, batch, AIR_MODE_PER_LAYER);
  const auto nodes = nodes_of(*first);
  check(nodes.size() == model.info().n_nodes_told, "{} nodes, {} were told", nodes.size(), model.info().n_nodes_told);
  for (uint32_t i = 0; i < nodes.size(); ++i) {
    check(*nodes[i]->name != '\0' && *nodes[i]->operation != '\0', "node {} has no name or operation", i);
    for (uint32_t k = 0; k < nodes[i]->n_outputs; ++k) {
      const air_tensor &info = *nodes[i]->outputs[k];
      check(*info.name != '\0', "an output of node {} has no name", i);
      check((info.n_elements * air_dtype_bits(info.dtype) + 7) / 8 == info.size_bytes, "{}: size_bytes is {}", info.tag,
            info.size_bytes);
    }
  }
  const HeldResult with_data = run(model, batch, AIR_MODE_PER_LAYER_WITH_DATA);
  check(descriptions(*with_data) == descriptions(*first), "the nodes differ with data");
  const HeldResult again = run(model, batch, AIR_MODE_PER_LAYER);
  check(descriptions(*again) == descriptions(*first), "the nodes differ in a second invoke");
  const HeldResult plain = run(model, batch, AIR_MODE_IO_ONLY);
  check(descriptions(*plain) == descriptions(*first), "the nodes differ in a later invoke without them");
}

// A target has no words for an open tensor: it tells an empty one, without data.
bool is_empty(const air_tensor &info) {
  return info.size_bytes == 0 && !is_open(info);
}

void node_data(const Context &context) {
  const Model model(context);
  need_nodes(model);
  need(model.can(AIR_CAP_PER_LAYER_DATA), "the model has no PER_LAYER_DATA");
  Batch batch(context, model, 3);
  const HeldResult all = run(model, batch, AIR_MODE_PER_LAYER_WITH_DATA);
  const auto nodes = nodes_of(*all);
  for (uint32_t n = 0; n < nodes.size(); ++n) {
    for (uint32_t k = 0; k < nodes[n]->n_outputs; ++k) {
      if (nodes[n]->outputs[k]->size_bytes == 0) continue;
      const air_view view = tensor_of(*all, AIR_PLACE_NODE, n, k);
      check(view.size_bytes == 3 * nodes[n]->outputs[k]->size_bytes, "{} has {} bytes of data",
            nodes[n]->outputs[k]->tag, view.size_bytes);
    }
  }
  if (!context.quirks.deterministic || context.quirks.tolerance > 0.0) return;
  // Each sample alone gives the same data.
  model.start_afresh();
  for (uint64_t s = 0; s < 3; ++s) {
    const HeldResult one = batch.sample(s).run(model, in_mode(AIR_MODE_PER_LAYER_WITH_DATA));
    for (uint32_t n = 0; n < nodes.size(); ++n) {
      for (uint32_t k = 0; k < nodes[n]->n_outputs; ++k) {
        if (is_empty(*nodes[n]->outputs[k])) continue;
        check(bytes_of(tensor_of(*one, AIR_PLACE_NODE, n, k, 0)) == bytes_of(tensor_of(*all, AIR_PLACE_NODE, n, k, s)),
              "{}: sample {} alone has other data", nodes[n]->outputs[k]->tag, s);
      }
    }
  }
}

void last_node(const Context &context) {
  need(context.quirks.last_node_is_output, "quirk last_node_is_output is not set");
  const Model model(context);
  Batch batch(context, model, 2);
  const HeldResult result = run(model, batch, AIR_MODE_PER_LAYER_WITH_DATA);
  const auto nodes = nodes_of(*result);
  check(!nodes.empty(), "no nodes");
  const auto last = static_cast<uint32_t>(nodes.size() - 1);
  const auto equals = [&](const air_tensor &output, const Bytes &values, uint32_t k) {
    const air_tensor &info = *nodes[last]->outputs[k];
    if (info.dtype != output.dtype || info.size_bytes != output.size_bytes) return false;
    try {
      check_equal_tensor(context, output, values, bytes_of(tensor_of(*result, AIR_PLACE_NODE, last, k)), 2, "");
    } catch (const Failure &) {
      return false;
    }
    return true;
  };
  bool found = false;
  for (uint32_t i = 0; i < model.info().n_outputs; ++i) {
    for (uint32_t k = 0; k < nodes[last]->n_outputs; ++k) found |= equals(*model.outputs()[i], batch.outputs()[i], k);
  }
  check(found, "no output equals the data of the last node");
}

void durations(const Context &context) {
  const Model model(context);
  for (const uint32_t mode : {AIR_MODE_IO_ONLY, AIR_MODE_PER_LAYER}) {
    Batch batch(context, model, 5);
    const HeldResult result = run(model, batch, mode);
    const air_profile &profile = *air_get_profile(result.get());
    check(profile.n_samples == 5 && profile.n_runs == 5, "{} samples, {} runs", profile.n_samples, profile.n_runs);
    const uint32_t n_nodes = (profile.mode & AIR_MODE_PER_LAYER) != 0 ? air_get_result_model(result.get())->n_nodes : 0;
    const auto whole = values_of(*result, "time.device");
    double sum = 0.0;
    for (uint64_t s = 0; s < 5; ++s) {
      const auto check_time = [](double ms, std::string_view what) {
        check(std::isfinite(ms) && ms >= 0.0, "{} is {}", what, ms);
      };
      check_time(whole[s], "time.device");
      check_time(values_of(*result, "time.run")[s], "time.run");
      double nodes = 0.0;
      for (uint32_t n = 0; n < n_nodes; ++n) {
        const double node = values_of(*result, "time.device", n)[s];
        check_time(node, fmt::format("time of node {}", n));
        nodes += node;
      }
      check(nodes <= whole[s] * 1.01 + 0.001, "sample {}: nodes take {} ms, the whole {} ms", s, nodes, whole[s]);
      sum += whole[s];
    }
    check(std::fabs(profile.device_ms - sum) <= 1e-6 + sum * 1e-6, "device_ms is {}, the sum {}", profile.device_ms,
          sum);
    check(std::isfinite(profile.host_ms) && profile.host_ms >= 0.0, "host_ms is {}", profile.host_ms);
  }
}

struct BeginCount {
  uint32_t n_begin = 0;
  uint32_t n_that_tell_inputs = 0;
  uint32_t n_with_inputs = 0;
};

air_action count_begin(void *user, const air_node_event *event) {
  auto &count = *static_cast<BeginCount *>(user);
  ++count.n_begin;
  if (event->description->n_inputs > 0) ++count.n_that_tell_inputs;
  const auto given = [](const air_view &view) { return view.data != nullptr; };
  if (std::any_of(event->tensors, event->tensors + event->n_tensors, given)) ++count.n_with_inputs;
  return AIR_CONTINUE;
}

void node_begin(const Context &context) {
  const Model model(context);
  need_nodes(model);
  BeginCount count;
  const air_callbacks callbacks = {.struct_size = sizeof(callbacks), .user = &count, .on_node_begin = count_begin};
  Batch batch(context, model, 2);
  const HeldResult result = run(model, batch, AIR_MODE_PER_LAYER, &callbacks);
  const size_t n_nodes = nodes_of(*result).size();
  check(count.n_begin == (model.can(AIR_CAP_NODE_BEGIN) ? 2 * n_nodes : 0), "{} begins for {} nodes", count.n_begin,
        n_nodes);
  check(count.n_that_tell_inputs == 0 || count.n_with_inputs > 0, "no node begins with its inputs");
}

constexpr Check kChecks[] = {
    {"nodes: modes give the same outputs", modes_give_the_same_outputs},
    {"nodes: granted modes", granted_modes},
    {"nodes: stable over modes and calls", nodes_are_stable},
    {"nodes: data", node_data},
    {"nodes: last one is the output", last_node},
    {"nodes: durations", durations},
    {"nodes: begin", node_begin},
};

}  // namespace

std::span<const Check> node_checks() {
  return kChecks;
}

}  // namespace conformance
