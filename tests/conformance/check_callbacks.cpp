// SPDX-License-Identifier: BSD-3-Clause
// Checks of callbacks: their order, and that stopping at every place leaves the runner usable.
#include <cstring>

#include "model.h"

namespace conformance {
namespace {

// Writes what happens as text: "(0" sample begins, "[2" node begins, "]2" it ended, ")0" sample ended.
struct Recorder {
  std::string text;
  uint64_t n_events = 0;
  uint64_t stop_at = UINT64_MAX;  // number of the event that answers AIR_STOP
  const Batch *batch = nullptr;
  const Model *model = nullptr;
  std::string failure;

  air_action record(char what, uint64_t index) {
    text += fmt::format("{}{} ", what, index);
    return n_events++ == stop_at ? AIR_STOP : AIR_CONTINUE;
  }
};

air_action on_sample_begin(void *user, uint64_t sample) {
  return static_cast<Recorder *>(user)->record('(', sample);
}

air_action on_sample_end(void *user, const air_sample_event *event) {
  auto &recorder = *static_cast<Recorder *>(user);
  for (uint32_t i = 0; i < event->n_outputs; ++i) {
    const size_t size = recorder.model->outputs()[i]->size_bytes;
    const std::byte *kept = recorder.batch->outputs()[i].data() + event->sample * size;
    if (event->outputs[i].size_bytes != size || std::memcmp(event->outputs[i].data, kept, size) != 0) {
      recorder.failure = "on_sample_end shows other outputs than the buffers have";
    }
  }
  return recorder.record(')', event->sample);
}

air_action on_node_begin(void *user, const air_node_event *event) {
  return static_cast<Recorder *>(user)->record('[', event->node->index);
}

air_action on_node_end(void *user, const air_node_event *event) {
  return static_cast<Recorder *>(user)->record(']', event->node->index);
}

void run(const Model &model, Batch &batch, uint32_t mode, Recorder &recorder) {
  recorder.batch = &batch;
  recorder.model = &model;
  air_callbacks callbacks = AIR_CALLBACKS_INIT;
  callbacks.user = &recorder;
  callbacks.on_sample_begin = on_sample_begin;
  callbacks.on_sample_end = on_sample_end;
  callbacks.on_node_begin = on_node_begin;
  callbacks.on_node_end = on_node_end;
  air_invoke_options options = AIR_INVOKE_OPTIONS_INIT;
  options.mode = mode;
  options.callbacks = &callbacks;
  model.start_afresh();
  batch.run(model, &options);
  check(recorder.failure.empty(), "{}", recorder.failure);
}

std::string expected_order(const Model &model, uint64_t n_samples, bool per_layer) {
  std::string text;
  for (uint64_t s = 0; s < n_samples; ++s) {
    text += fmt::format("({} ", s);
    for (uint32_t n = 0; per_layer && n < model.info().n_nodes; ++n) {
      text += model.can(AIR_CAP_NODE_BEGIN) ? fmt::format("[{0} ]{0} ", n) : fmt::format("]{} ", n);
    }
    text += fmt::format("){} ", s);
  }
  return text;
}

void order(const Context &context) {
  const Model model(context);
  for (const uint32_t mode : {AIR_MODE_IO_ONLY, AIR_MODE_PER_LAYER, AIR_MODE_PER_LAYER_WITH_DATA}) {
    Batch batch(context, model, 2);
    Recorder recorder;
    run(model, batch, mode, recorder);
    const bool per_layer = mode != AIR_MODE_IO_ONLY && model.can(AIR_CAP_PER_LAYER);
    const std::string expected = expected_order(model, 2, per_layer);
    check(recorder.text == expected, "mode {}: {}instead of {}", mode, recorder.text, expected);
  }
}

// At most this many places are tried; models with very many nodes would take long.
constexpr uint64_t kMostStops = 200;

void stop_everywhere(const Context &context) {
  const Model model(context);
  Batch expected(context, model, 2);
  model.start_afresh();
  expected.run(model);
  Recorder whole;
  Batch counted = expected;
  run(model, counted, AIR_MODE_PER_LAYER, whole);
  const uint64_t step = whole.n_events / kMostStops + 1;
  for (uint64_t stop = 0; stop < whole.n_events; stop += step) {
    Recorder recorder;
    recorder.stop_at = stop;
    Batch batch = expected;
    run(model, batch, AIR_MODE_PER_LAYER, recorder);
    check(whole.text.starts_with(recorder.text), "stop at event {}: saw {}", stop, recorder.text);
    check(recorder.n_events == stop + 1, "stop at event {}: {} events", stop, recorder.n_events);
    const air_profile &profile = model.profile();
    const bool in_sample = recorder.text.find(')') == std::string::npos;
    check(profile.stopped == 1, "stop at event {}: air_profile.stopped is {}", stop, profile.stopped);
    check(profile.n_samples <= 2 && (!in_sample || profile.n_samples == 0), "stop at event {}: {} samples", stop,
          profile.n_samples);
    check_usable(context, model, expected, fmt::format("a stop at event {}", stop));
  }
}

constexpr Check kChecks[] = {{"callbacks: order", order}, {"callbacks: stop at every place", stop_everywhere}};

}  // namespace

std::span<const Check> callback_checks() {
  return kChecks;
}

}  // namespace conformance
