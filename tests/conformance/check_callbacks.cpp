// SPDX-License-Identifier: BSD-3-Clause
// Checks of callbacks: their order, and that stopping or failing at every place leaves the runner usable.
#include <algorithm>
#include <cstring>

#include "model.h"

namespace conformance {
namespace {

constexpr const char *kWords = "what the callback says";

// Writes what happens as text: "(0" sample begins, "[2" node begins, "]2" it ended, ")0" sample ended.
struct Recorder {
  std::string text;
  uint64_t n_events = 0;
  uint64_t n_samples = 0;        // that ended
  uint64_t end_at = UINT64_MAX;  // number of the event that answers `answer`
  air_action answer = AIR_STOP;
  const Batch *batch = nullptr;
  const Model *model = nullptr;
  std::string failure;

  air_action record(char what, uint64_t index) {
    text += fmt::format("{}{} ", what, index);
    if (n_events++ != end_at) return AIR_CONTINUE;
    if (answer == AIR_FAIL) air_set_error(AIR_ERROR_IO, 0, kWords);
    return answer;
  }
};

air_action on_sample_begin(void *user, uint64_t sample) {
  return static_cast<Recorder *>(user)->record('(', sample);
}

air_action on_sample_end(void *user, const air_sample_event *event) {
  auto &recorder = *static_cast<Recorder *>(user);
  for (uint32_t i = 0; i < event->n_outputs; ++i) {
    const air_tensor &info = *recorder.model->outputs()[i];
    const std::byte *kept = recorder.batch->outputs()[i].data() + event->sample * info.size_bytes;
    const air_view &shown = event->outputs[i];
    if (shown.size_bytes != info.size_bytes || std::memcmp(shown.data, kept, info.size_bytes) != 0) {
      recorder.failure = "on_sample_end shows other outputs than the buffers have";
    }
    if (shown.rank != info.rank || !std::equal(shown.shape, shown.shape + shown.rank, info.storage_shape)) {
      recorder.failure = "on_sample_end shows another shape than one sample has";
    }
  }
  ++recorder.n_samples;
  return recorder.record(')', event->sample);
}

air_action on_node_begin(void *user, const air_node_event *event) {
  return static_cast<Recorder *>(user)->record('[', event->node);
}

air_action on_node_end(void *user, const air_node_event *event) {
  return static_cast<Recorder *>(user)->record(']', event->node);
}

// Returns what the invoke did.
air_status run(const Model &model, Batch &batch, uint32_t mode, Recorder &recorder, HeldResult &result) {
  recorder.batch = &batch;
  recorder.model = &model;
  const air_callbacks callbacks = {.struct_size = sizeof(callbacks),
                                   .user = &recorder,
                                   .on_sample_begin = on_sample_begin,
                                   .on_sample_end = on_sample_end,
                                   .on_node_begin = on_node_begin,
                                   .on_node_end = on_node_end};
  model.start_afresh();
  const air_status status = batch.invoke(model, in_mode(mode), &callbacks, result.out());
  check(recorder.failure.empty(), "{}", recorder.failure);
  return status;
}

std::string expected_order(const Model &model, uint64_t n_samples, bool per_layer) {
  std::string text;
  for (uint64_t s = 0; s < n_samples; ++s) {
    text += fmt::format("({} ", s);
    for (uint32_t n = 0; per_layer && n < model.info().n_nodes_told; ++n) {
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
    HeldResult result;
    check_ok(run(model, batch, mode, recorder, result), "invoke");
    const bool per_layer = mode != AIR_MODE_IO_ONLY && model.can(AIR_CAP_PER_LAYER);
    const std::string expected = expected_order(model, 2, per_layer);
    check(recorder.text == expected, "mode {}: {}instead of {}", mode, recorder.text, expected);
  }
}

// Exactly the samples that had ended are kept: those of an event earlier, and with AIR_STOP at its end the sample itself.
void check_stopped(const Context &context, const Batch &expected, const Model &model, const Batch &batch,
                   const Recorder &recorder, const air_result &result) {
  const air_profile &profile = *air_get_profile(&result);
  check(profile.stopped == 1, "stop at event {}: air_profile.stopped is {}", recorder.end_at, profile.stopped);
  check(profile.n_samples == recorder.n_samples && profile.n_runs == recorder.n_samples,
        "stop at event {}: {} samples and {} runs, {} have ended", recorder.end_at, profile.n_samples, profile.n_runs,
        recorder.n_samples);
  if (profile.n_samples == 0 || !context.quirks.deterministic) return;
  check_equal_outputs(context, model, batch.outputs(), expected.outputs(), profile.n_samples, "samples until a stop");
}

// At most this many places are tried; models with very many nodes would take long.
constexpr uint64_t kMostStops = 200;

void end_everywhere(const Context &context, air_action answer) {
  const Model model(context);
  Batch expected(context, model, 2);
  model.start_afresh();
  expected.run(model);
  Recorder whole;
  HeldResult result;
  Batch counted = expected;
  check_ok(run(model, counted, AIR_MODE_PER_LAYER, whole, result), "invoke");
  const uint64_t step = whole.n_events / kMostStops + 1;
  for (uint64_t end = 0; end < whole.n_events; end += step) {
    Recorder recorder;
    recorder.end_at = end;
    recorder.answer = answer;
    Batch batch = expected;
    for (Bytes &block : batch.outputs()) std::fill(block.begin(), block.end(), std::byte{0x5A});
    const air_status status = run(model, batch, AIR_MODE_PER_LAYER, recorder, result);
    check(whole.text.starts_with(recorder.text), "end at event {}: saw {}", end, recorder.text);
    check(recorder.n_events == end + 1, "end at event {}: {} events", end, recorder.n_events);
    if (answer == AIR_STOP) {
      check_ok(status, fmt::format("stop at event {}", end));
      check_stopped(context, expected, model, batch, recorder, *result);
    } else {
      check(status == AIR_ERROR_CALLBACK, "fail at event {}: {}", end, air_status_name(status));
      check(!result, "fail at event {}: there is a result", end);
      check(std::strstr(air_last_error()->message, kWords) != nullptr, "the words of the callback became: {}",
            air_last_error()->message);
    }
    check_usable(context, model, expected, fmt::format("an end at event {}", end));
  }
}

void stop_everywhere(const Context &context) {
  end_everywhere(context, AIR_STOP);
}

void fail_everywhere(const Context &context) {
  end_everywhere(context, AIR_FAIL);
}

void stop_at_progress(const Context &context) {
  const Model model(context);
  Batch expected(context, model, 3);
  model.start_afresh();
  expected.run(model);
  uint64_t n_done = 0;
  const air_callbacks callbacks = {.struct_size = sizeof(callbacks),
                                   .user = &n_done,
                                   .on_progress = [](void *user, uint64_t done, uint64_t) -> air_action {
                                     *static_cast<uint64_t *>(user) = done;
                                     return AIR_STOP;
                                   }};
  Batch batch = expected;
  const HeldResult result = batch.run(model, in_mode(AIR_MODE_IO_ONLY), &callbacks);
  const air_profile &profile = *air_get_profile(result.get());
  check(profile.stopped == 1 && n_done >= 1 && profile.n_samples == n_done, "{} samples were done, {} are kept", n_done,
        profile.n_samples);
  check_usable(context, model, expected, "a stop at the progress");
}

void disconnect_from_callback(const Context &context) {
  const Model model(context);
  Batch expected(context, model, 2);
  model.start_afresh();
  expected.run(model);
  struct {
    air_runner *runner;
    air_status status;
  } seen = {model.runner(), AIR_OK};
  const air_callbacks callbacks = {.struct_size = sizeof(callbacks),
                                   .user = &seen,
                                   .on_sample_end = [](void *user, const air_sample_event *) -> air_action {
                                     auto &in = *static_cast<decltype(seen) *>(user);
                                     in.status = air_disconnect(in.runner);
                                     return AIR_CONTINUE;
                                   }};
  Batch batch = expected;
  batch.run(model, in_mode(AIR_MODE_IO_ONLY), &callbacks);
  check(seen.status == AIR_ERROR_BUSY, "{}", air_status_name(seen.status));
  check_usable(context, model, expected, "a disconnect that was refused");
}

constexpr Check kChecks[] = {
    {"callbacks: order", order},
    {"callbacks: stop at every place", stop_everywhere},
    {"callbacks: fail at every place", fail_everywhere},
    {"callbacks: stop at the progress", stop_at_progress},
    {"callbacks: no disconnect", disconnect_from_callback},
};

}  // namespace

std::span<const Check> callback_checks() {
  return kChecks;
}

}  // namespace conformance
