// SPDX-License-Identifier: BSD-3-Clause
// Checks of the PER_LAYER modes: outputs stay the same, nodes are stable, data have their size, times make sense.
#include <algorithm>
#include <cmath>
#include <cstring>

#include "model.h"

namespace conformance {
namespace {

void need_nodes(const Model &model) {
  need(model.can(AIR_CAP_PER_LAYER), "the model has no PER_LAYER");
}

const air_profile &run(const Model &model, Batch &batch, uint32_t mode, const air_callbacks *callbacks = nullptr) {
  air_invoke_options options = AIR_INVOKE_OPTIONS_INIT;
  options.mode = mode;
  options.callbacks = callbacks;
  model.start_afresh();
  batch.run(model, &options);
  return model.profile();
}

void modes_give_the_same_outputs(const Context &context) {
  const Model model(context);
  Batch plain(context, model, 4);
  run(model, plain, AIR_MODE_IO_ONLY);
  check(model.profile().n_nodes == 0, "IO_ONLY has {} nodes", model.profile().n_nodes);
  for (const uint32_t mode : {AIR_MODE_PER_LAYER, AIR_MODE_PER_LAYER_WITH_DATA, AIR_MODE_IO_ONLY}) {
    Batch other(context, model, 4);
    run(model, other, mode);
    check_equal_outputs(context, model, other.outputs(), plain.outputs(), 4, fmt::format("mode {}", mode));
  }
}

void granted_modes(const Context &context) {
  const Model model(context);
  Batch batch(context, model, 1);
  const uint32_t granted = run(model, batch, AIR_MODE_PER_LAYER_WITH_DATA).mode;
  check(((granted & AIR_MODE_PER_LAYER) != 0) == model.can(AIR_CAP_PER_LAYER),
        "PER_LAYER was granted against the capabilities");
  check(((granted & AIR_MODE_PER_LAYER_WITH_DATA) != 0) == model.can(AIR_CAP_PER_LAYER_DATA | AIR_CAP_PER_LAYER),
        "PER_LAYER_WITH_DATA was granted against the capabilities");
}

std::vector<const air_node_info *> nodes_of(const air_profile &profile) {
  std::vector<const air_node_info *> nodes;
  for (uint32_t i = 0; i < profile.n_nodes; ++i) nodes.push_back(profile.nodes[i]->info);
  return nodes;
}

void nodes_are_stable(const Context &context) {
  const Model model(context);
  need_nodes(model);
  Batch batch(context, model, 2);
  const auto nodes = nodes_of(run(model, batch, AIR_MODE_PER_LAYER));
  check(nodes.size() == model.info().n_nodes, "{} nodes, n_nodes is {}", nodes.size(), model.info().n_nodes);
  for (uint32_t i = 0; i < nodes.size(); ++i) {
    check(nodes[i]->index == i, "node {} has index {}", i, nodes[i]->index);
    check(*nodes[i]->name != '\0' && *nodes[i]->description != '\0', "node {} has no name or description", i);
    for (uint32_t k = 0; k < nodes[i]->n_outputs; ++k) {
      const air_tensor_info &info = *nodes[i]->outputs[k];
      check(*info.name != '\0', "an output of node {} has no name", i);
      check(info.n_elements * air_dtype_size(info.dtype) == info.size_bytes, "{}: size_bytes is {}", info.tag,
            info.size_bytes);
    }
  }
  check(nodes_of(run(model, batch, AIR_MODE_PER_LAYER_WITH_DATA)) == nodes, "the nodes differ with data");
  check(nodes_of(run(model, batch, AIR_MODE_PER_LAYER)) == nodes, "the nodes differ in a second invoke");
}

void node_data(const Context &context) {
  const Model model(context);
  need_nodes(model);
  need(model.can(AIR_CAP_PER_LAYER_DATA), "the model has no PER_LAYER_DATA");
  Batch batch(context, model, 3);
  const air_profile &profile = run(model, batch, AIR_MODE_PER_LAYER_WITH_DATA);
  std::vector<Bytes> kept;
  for (uint32_t i = 0; i < profile.n_nodes; ++i) {
    const air_node_profile &node = *profile.nodes[i];
    check(node.data != nullptr || node.info->n_outputs == 0, "node {} has no data", i);
    for (uint32_t k = 0; k < node.info->n_outputs; ++k) {
      const auto *bytes = static_cast<const std::byte *>(node.data[k]);
      check(bytes != nullptr, "output {} of node {} has no data", k, i);
      kept.emplace_back(bytes, bytes + node.info->outputs[k]->size_bytes * 3);
    }
  }
  if (!context.quirks.deterministic || context.quirks.tolerance > 0.0) return;
  // Each sample alone gives the same data.
  model.start_afresh();
  for (uint64_t s = 0; s < 3; ++s) {
    Batch one = batch.sample(s);
    air_invoke_options options = AIR_INVOKE_OPTIONS_INIT;
    options.mode = AIR_MODE_PER_LAYER_WITH_DATA;
    one.run(model, &options);
    auto block = kept.begin();
    for (uint32_t i = 0; i < model.profile().n_nodes; ++i) {
      const air_node_profile &node = *model.profile().nodes[i];
      for (uint32_t k = 0; k < node.info->n_outputs; ++k, ++block) {
        const size_t size = node.info->outputs[k]->size_bytes;
        check(std::memcmp(node.data[k], block->data() + s * size, size) == 0, "{}: sample {} alone has other data",
              node.info->outputs[k]->tag, s);
      }
    }
  }
}

void last_node(const Context &context) {
  need(context.quirks.last_node_is_output, "quirk last_node_is_output is not set");
  const Model model(context);
  Batch batch(context, model, 2);
  const air_profile &profile = run(model, batch, AIR_MODE_PER_LAYER_WITH_DATA);
  check(profile.n_nodes > 0, "no nodes");
  const air_node_profile &node = *profile.nodes[profile.n_nodes - 1];
  const auto equals = [&](const air_tensor_info &output, const Bytes &values, uint32_t k) {
    const air_tensor_info &info = *node.info->outputs[k];
    if (info.dtype != output.dtype || info.size_bytes != output.size_bytes || node.data[k] == nullptr) return false;
    const auto *bytes = static_cast<const std::byte *>(node.data[k]);
    try {
      check_equal_tensor(context, output, values, {bytes, bytes + info.size_bytes * 2}, 2, "");
    } catch (const Failure &) {
      return false;
    }
    return true;
  };
  bool found = false;
  for (uint32_t i = 0; node.data != nullptr && i < model.info().n_outputs; ++i) {
    for (uint32_t k = 0; k < node.info->n_outputs; ++k) found |= equals(*model.outputs()[i], batch.outputs()[i], k);
  }
  check(found, "no output equals the data of the last node");
}

void durations(const Context &context) {
  const Model model(context);
  for (const uint32_t mode : {AIR_MODE_IO_ONLY, AIR_MODE_PER_LAYER}) {
    Batch batch(context, model, 5);
    const air_profile &profile = run(model, batch, mode);
    check(profile.n_samples == 5 && profile.n_durations == 5, "{} samples, {} durations", profile.n_samples,
          profile.n_durations);
    double sum = 0.0;
    for (uint64_t s = 0; s < 5; ++s) {
      const double device = profile.durations_ms[s];
      check(std::isfinite(device) && device >= 0.0, "duration {} is {}", s, device);
      check(std::isfinite(profile.exec_times_ms[s]) && profile.exec_times_ms[s] >= 0.0, "exec time {}",
            profile.exec_times_ms[s]);
      sum += device;
      double nodes = 0.0;
      for (uint32_t i = 0; i < profile.n_nodes; ++i) {
        const double node = profile.nodes[i]->durations_ms[s];
        check(std::isfinite(node) && node >= 0.0, "duration of node {} is {}", i, node);
        nodes += node;
      }
      check(nodes <= device * 1.01 + 0.001, "sample {}: nodes take {} ms, the whole {} ms", s, nodes, device);
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
  if (event->node->n_inputs > 0) ++count.n_that_tell_inputs;
  const auto given = [](const void *data) { return data != nullptr; };
  if (event->data != nullptr && std::any_of(event->data, event->data + event->node->n_inputs, given))
    ++count.n_with_inputs;
  return AIR_CONTINUE;
}

void node_begin(const Context &context) {
  const Model model(context);
  need_nodes(model);
  BeginCount count;
  air_callbacks callbacks = AIR_CALLBACKS_INIT;
  callbacks.user = &count;
  callbacks.on_node_begin = count_begin;
  Batch batch(context, model, 2);
  const uint32_t n_nodes = run(model, batch, AIR_MODE_PER_LAYER, &callbacks).n_nodes;
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
