// SPDX-License-Identifier: BSD-3-Clause
// Checks of results as values: nothing that is done later changes them, and they hold what was asked for and seen.
#include <cstring>
#include <map>
#include <span>

#include "model.h"

namespace conformance {
namespace {

// Everything that a result says, by what it is.
using Snapshot = std::map<std::string, Bytes>;

Bytes copy_of(const void *data, size_t size) {
  const auto *bytes = static_cast<const std::byte *>(data);
  return {bytes, bytes + size};
}

Bytes copy_of(std::string_view text) {
  return copy_of(text.data(), text.size());
}

void add_view(Snapshot &all, const std::string &what, const air_view &view) {
  all[what + ": data"] = view.data == nullptr ? Bytes() : bytes_of(view);
  all[what + ": shape"] = copy_of(view.shape, view.rank * sizeof(int64_t));
}

// All samples at once, or one by one where each may have a shape of its own.
void add_tensor(Snapshot &all, const air_result &result, const air_tensor &info, air_place place, uint32_t node,
                uint32_t index) {
  air_view view{};
  for (uint64_t s = 0; is_open(info) && s < air_get_profile(&result)->n_samples; ++s) {
    check_ok(air_get_tensor(&result, place, node, index, s, &view), info.tag);
    check(view.data == nullptr || fits(view, info), "{}: sample {} has another shape than the model says", info.tag, s);
    add_view(all, fmt::format("{}, sample {}", info.tag, s), view);
  }
  if (!is_open(info)) {
    check_ok(air_get_tensor(&result, place, node, index, AIR_ALL_SAMPLES, &view), info.tag);
    add_view(all, info.tag, view);
  }
  all[fmt::format("{}: name", info.tag)] = copy_of(info.name);
}

void add_values(Snapshot &all, const air_result &result, uint32_t node) {
  const air_model &model = *air_get_result_model(&result);
  const uint64_t n_runs = air_get_profile(&result)->n_runs;
  for (uint32_t c = 0; c < model.n_columns; ++c) {
    const double *values = air_get_values(&result, c, node);
    const std::string key = fmt::format("{} of node {}", model.columns[c]->name, node);
    all[key] = values == nullptr ? Bytes() : copy_of(values, n_runs * sizeof(double));
  }
  for (uint64_t run = 0; run < n_runs; ++run) {
    all[fmt::format("note {} of node {}", run, node)] = copy_of(air_get_note(&result, node, run));
  }
}

Snapshot snapshot(const air_result &result) {
  const air_model &model = *air_get_result_model(&result);
  Snapshot all;
  all["profile"] = copy_of(air_get_profile(&result), sizeof(air_profile));
  all["model"] = copy_of(fmt::format("{} {} {}", model.name, model.descriptor, model.backend));
  for (uint32_t i = 0; i < model.n_properties; ++i) {
    all[fmt::format("property {}", model.properties[i].key)] = copy_of(model.properties[i].value);
  }
  for (uint32_t i = 0; i < model.n_inputs; ++i) add_tensor(all, result, *model.inputs[i], AIR_PLACE_INPUT, 0, i);
  for (uint32_t i = 0; i < model.n_outputs; ++i) add_tensor(all, result, *model.outputs[i], AIR_PLACE_OUTPUT, 0, i);
  add_values(all, result, AIR_WHOLE_RUN);
  for (uint32_t n = 0; n < model.n_nodes; ++n) {
    const air_node &node = *model.nodes[n];
    all[fmt::format("node {}", n)] = copy_of(fmt::format("{} {}", node.name, node.operation));
    for (uint32_t k = 0; k < node.n_outputs; ++k) add_tensor(all, result, *node.outputs[k], AIR_PLACE_NODE, n, k);
    add_values(all, result, n);
  }
  return all;
}

void check_unchanged(const air_result &result, const Snapshot &before, std::string_view after) {
  const Snapshot now = snapshot(result);
  check(now.size() == before.size(), "after {}: the result tells {} things, {} before", after, now.size(),
        before.size());
  for (const auto &[what, bytes] : before) {
    const auto found = now.find(what);
    check(found != now.end() && found->second == bytes, "after {}: {} is another", after, what);
  }
}

constexpr uint32_t kEverything = AIR_MODE_PER_LAYER_WITH_DATA | AIR_MODE_KEEP_INPUTS;

void stay_as_they_are(const Context &context) {
  Model model(context);
  const Batch batch(context, model, 3);
  HeldResult kept = batch.run_kept(model, in_mode(kEverything));
  const Snapshot before = snapshot(*kept);
  const Batch other(context, model, 5, 7);
  for (const uint32_t mode : {AIR_MODE_IO_ONLY, AIR_MODE_PER_LAYER, kEverything}) {
    other.run_kept(model, in_mode(mode));
    batch.run_kept(model, in_mode(mode));
  }
  check_unchanged(*kept, before, "later invokes");
  const HeldResult held = kept;
  kept = HeldResult();
  other.run_kept(model, in_mode(kEverything));
  check_unchanged(*held, before, "the release by one of two holders");
  air_trim(model.session());
  check_unchanged(*held, before, "a trim");
  check_ok(model.disconnect(), "disconnect");
  check_unchanged(*held, before, "the disconnect");
}

void models_stay(const Context &context) {
  Model model(context);
  const auto held = air::HeldModel::shared(&model.info());
  const std::string name = held->name;
  const std::string first = held->inputs[0]->name;
  const Batch batch(context, model, 1);
  batch.run_kept(model, in_mode(AIR_MODE_PER_LAYER));
  check_ok(model.disconnect(), "disconnect");
  check(held->name == name && held->inputs[0]->name == first, "the model is another after the disconnect");
}

void kept_inputs(const Context &context) {
  const Model model(context);
  const Batch batch(context, model, 3);
  const HeldResult result = batch.run_kept(model, in_mode(AIR_MODE_KEEP_INPUTS));
  const HeldResult without = batch.run_kept(model, in_mode(AIR_MODE_IO_ONLY));
  for (uint32_t i = 0; i < model.info().n_inputs; ++i) {
    check(bytes_of(tensor_of(*result, AIR_PLACE_INPUT, 0, i)) == batch.inputs()[i], "input {} is another", i);
    air_view view{};
    check_ok(air_get_tensor(without.get(), AIR_PLACE_INPUT, 0, i, AIR_ALL_SAMPLES, &view), "input that is not kept");
    check(view.data == nullptr, "input {} is kept without KEEP_INPUTS", i);
  }
}

// What on_node_end told.
struct Events {
  struct End {
    double duration_ms;
    const air_node *description;
    std::string note;
    std::vector<Bytes> data;  // empty where there were none
  };
  std::map<std::pair<uint64_t, uint32_t>, End> ends;  // by sample and node
};

air_action on_node_end(void *user, const air_node_event *event) {
  Events::End end{event->duration_ms, event->description, event->note, {}};
  for (const air_view &view : std::span(event->tensors, event->n_tensors)) {
    end.data.push_back(view.data == nullptr ? Bytes() : copy_of(view.data, view.size_bytes));
  }
  static_cast<Events *>(user)->ends[{event->sample, event->node}] = end;
  return AIR_CONTINUE;
}

// Of the outputs of a node in the result: those of the event, or none where it was not to be kept.
void check_node_data(const air_result &result, const Events::End &end, uint64_t sample, uint32_t node, bool is_kept) {
  for (uint32_t k = 0; k < nodes_of(result)[node]->n_outputs; ++k) {
    air_view view{};
    check_ok(air_get_tensor(&result, AIR_PLACE_NODE, node, k, sample, &view), "data of a node");
    const bool is_there = is_kept && k < end.data.size() && !end.data[k].empty();
    check((view.data != nullptr) == is_there, "output {} of node {}, sample {}: the result holds {}", k, node, sample,
          is_there ? "nothing" : "data that were not to be kept");
    check(!is_there || bytes_of(view) == end.data[k], "output {} of node {}, sample {}: other data than in the event",
          k, node, sample);
  }
}

// Runs three samples with data of nodes; the result keeps those of the nodes that `is_kept` names.
template <class IsKept>
void check_events(const Model &model, const Batch &batch, const air_invoke_options &options, IsKept is_kept) {
  Events events;
  const air_callbacks callbacks = {.struct_size = sizeof(callbacks), .user = &events, .on_node_end = on_node_end};
  const HeldResult result = batch.run_kept(model, options, &callbacks);
  const auto nodes = nodes_of(*result);
  check(events.ends.size() == nodes.size() * batch.n_samples(), "{} events of {} nodes", events.ends.size(),
        nodes.size());
  for (const auto &[at, end] : events.ends) {
    const auto [sample, node] = at;
    check(end.description == nodes[node], "the event of node {} describes another", node);
    check(end.note == air_get_note(result.get(), node, sample), "node {}, sample {}: another note", node, sample);
    const double duration = values_of(*result, "time.device", node)[sample];
    check(end.duration_ms == duration, "node {}, sample {}: {} ms, in the event {} ms", node, sample, duration,
          end.duration_ms);
    check_node_data(*result, end, sample, node, is_kept(node));
  }
}

void equal_events(const Context &context) {
  const Model model(context);
  need(model.can(AIR_CAP_PER_LAYER), "the model has no PER_LAYER");
  const Batch batch(context, model, 3);
  check_events(model, batch, in_mode(AIR_MODE_PER_LAYER), [](uint32_t) { return false; });
  need(model.can(AIR_CAP_PER_LAYER_DATA), "the model has no PER_LAYER_DATA");
  check_events(model, batch, in_mode(AIR_MODE_PER_LAYER_WITH_DATA), [](uint32_t) { return true; });
  check_events(model, batch, in_mode(AIR_MODE_PER_LAYER_WITH_DATA | AIR_MODE_EVENTS_ONLY),
               [](uint32_t) { return false; });
}

void kept_nodes(const Context &context) {
  const Model model(context);
  need(model.can(AIR_CAP_PER_LAYER | AIR_CAP_PER_LAYER_DATA), "the model has no PER_LAYER_DATA");
  const Batch batch(context, model, 3);
  const uint32_t last = model.info().n_nodes_told - 1;
  for (const uint32_t keep : {0U, last / 2, last}) {
    const air_invoke_options options = {
        .struct_size = sizeof(options), .mode = AIR_MODE_PER_LAYER_WITH_DATA, .n_keep_nodes = 1, .keep_nodes = &keep};
    check_events(model, batch, options, [keep](uint32_t node) { return node == keep; });
  }
}

void partial_until_failure(const Context &context) {
  const Model model(context);
  Batch batch(context, model, 3);
  const air_callbacks callbacks = {.struct_size = sizeof(callbacks),
                                   .on_sample_end = [](void *, const air_sample_event *event) -> air_action {
                                     return event->sample == 1 ? AIR_FAIL : AIR_CONTINUE;
                                   }};
  HeldResult result;
  const air_status status =
      batch.invoke_kept(model, in_mode(AIR_MODE_PARTIAL | AIR_MODE_KEEP_INPUTS), &callbacks, result.out());
  check(status == AIR_ERROR_CALLBACK, "{}", air_status_name(status));
  check(static_cast<bool>(result), "there is no result");
  check(air_get_profile(result.get())->n_samples == 2, "{} samples, 2 were completed",
        air_get_profile(result.get())->n_samples);
  for (uint32_t i = 0; i < model.info().n_inputs; ++i) {
    const Bytes kept = bytes_of(tensor_of(*result, AIR_PLACE_INPUT, 0, i));
    check(kept.size() == 2 * model.inputs()[i]->size_bytes &&
              std::equal(kept.begin(), kept.end(), batch.inputs()[i].begin()),
          "input {} is not that of the samples completed", i);
  }
}

constexpr Check kChecks[] = {
    {"results: stay as they are", stay_as_they_are},
    {"results: models stay", models_stay},
    {"results: inputs", kept_inputs},
    {"results: equal to the events of nodes", equal_events},
    {"results: data of chosen nodes", kept_nodes},
    {"results: what was done until a failure", partial_until_failure},
};

}  // namespace

std::span<const Check> result_checks() {
  return kChecks;
}

}  // namespace conformance
