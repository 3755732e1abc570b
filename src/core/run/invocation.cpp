// SPDX-License-Identifier: BSD-3-Clause
// The loop of one invoke: feeds samples to the backend, collects what it measured, asks the callbacks.
#include "core/run/invocation.h"

#include <algorithm>
#include <cstring>

#include "core/error.h"
#include "core/plugins/host.h"
#include "core/plugins/plugin_struct.h"
#include "core/run/runner.h"
#include "core/run/session.h"
#include "core/values/standard_columns.h"

namespace air {
namespace {

constexpr uint32_t kModesOfPlugins = AIR_MODE_PER_LAYER | AIR_MODE_PER_LAYER_WITH_DATA | AIR_MODE_FIXED_INPUT |
                                     AIR_MODE_PERF_ONLY | AIR_MODE_UNTIMED | AIR_MODE_DEBUG;
constexpr uint64_t kNsPerMs = 1'000'000;
constexpr uint64_t kProgressIntervalNs = 20 * kNsPerMs;

}  // namespace

Invocation::Invocation(Session &session, const Runner::Hold &hold, Transfers &transfers, Given *given,
                       Recorder &recorder, const Session::Request &request, uint32_t mode, Result *result)
    : session_(session),
      hold_(hold),
      transfers_(transfers),
      given_(given),
      recorder_(recorder),
      result_of_all_(result),
      n_samples_(request.n_samples),
      warmup_(request.options.warmup),
      rounds_(std::max(request.options.repeat, 1u)),
      callbacks_(request.callbacks),
      run_(make_run(this, mode, request.options.user_option, callbacks_.on_node_begin != nullptr)),
      keeps_inputs_(result != nullptr && (mode & AIR_MODE_KEEP_INPUTS) != 0) {
  run_.result = &result_;
  run_.deadline_ns = hold.deadline_ns();
  recorder_.begin(result, mode, n_samples_, request.options);
}

air_run Invocation::make_run(Invocation *self, uint32_t mode, uint32_t user_option, bool wants_begin) {
  air_run run{};
  run.struct_size = sizeof(run);
  run.mode = mode & kModesOfPlugins;
  run.user_option = user_option;
  run.sink = self;
  run.check = [](void *sink) { return answered([&] { static_cast<Invocation *>(sink)->throw_if_interrupted(); }); };
  run.describe_node = [](void *sink, uint32_t index, const air_backend_node *node) {
    return answered([&] { static_cast<Invocation *>(sink)->recorder_.describe_node(index, node); });
  };
  run.add_column = [](void *sink, const air_backend_column *column, uint32_t *out_index) {
    return answered([&] { *out_index = static_cast<Invocation *>(sink)->recorder_.add_column(column); });
  };
  run.output_memory = [](void *sink, uint32_t output, const int64_t *shape, void **out_data) {
    return answered([&] { *out_data = static_cast<Invocation *>(sink)->transfers_.open(output, shape); });
  };
  if ((mode & AIR_MODE_PER_LAYER) == 0) return run;
  run.on_node_end = [](void *sink, const air_backend_event *event) {
    return static_cast<Invocation *>(sink)->node_end(event);
  };
  if (!wants_begin) return run;
  run.on_node_begin = [](void *sink, const air_backend_event *event) {
    return static_cast<Invocation *>(sink)->node_begin(event);
  };
  return run;
}

uint64_t Invocation::elapsed_ns() const noexcept {
  return now_ns() - hold_.start_ns();
}

void Invocation::run() {
  recorder_.set_recording(false);
  for (uint64_t left = warmup_; left > 0; left -= std::min(left, n_samples_)) {
    if (!run_batch(std::min(left, n_samples_))) return;
  }
  recorder_.set_recording(recording_ = true);
  for (uint64_t round = 0; round < rounds_; ++round) {
    if (!run_batch(n_samples_)) return;
  }
}

// Calls a callback. False: it wants to end here. Throws where it has failed.
template <class... Args, class... Given>
bool Invocation::ask(air_action (*callback)(void *, Args...), Given... arguments) {
  const uint64_t n_errors_before = n_set_errors();
  const air_action action = callback(callbacks_.user, arguments...);
  if (action == AIR_CONTINUE) return true;
  if (action == AIR_STOP) {
    stopped_ = true;
    return false;
  }
  if (action != AIR_FAIL)
    fail(AIR_ERROR_INVALID_ARGUMENT, "a callback returned {}, which is no air_action", int32_t{action});
  if (n_set_errors() == n_errors_before) {
    fail(AIR_ERROR_CALLBACK, "a callback returned AIR_FAIL, without saying why with air_set_error()");
  }
  throw Error(AIR_ERROR_CALLBACK, last_error()->message, last_error()->vendor_code);
}

// Several samples a run only where nobody looks at single ones.
uint32_t Invocation::largest_run() const noexcept {
  const bool is_watched = callbacks_.on_sample_begin != nullptr || callbacks_.on_sample_end != nullptr ||
                          callbacks_.on_node_begin != nullptr || callbacks_.on_node_end != nullptr ||
                          (run_.mode & AIR_MODE_FIXED_INPUT) != 0;
  if (is_watched || !transfers_.all_direct()) return 1;
  return (run_.mode & AIR_MODE_PER_LAYER) != 0 || given_ != nullptr ? session_.layer_batch()
                                                                    : session_.model().native_batch;
}

// Returns false when a callback has stopped the invoke.
bool Invocation::run_batch(uint64_t n_samples) {
  const uint32_t most = largest_run();
  for (uint64_t sample = 0; sample < n_samples;) {
    const auto n = static_cast<uint32_t>(std::min<uint64_t>(most, n_samples - sample));
    if (recording_ && callbacks_.on_sample_begin != nullptr && !ask(callbacks_.on_sample_begin, n_done_)) {
      return false;
    }
    run_backend(sample, n, sample + n == n_samples);
    if (stopped_) return false;
    if (recording_) n_done_ += n;
    if (!after_run()) return false;
    sample += n;
  }
  return true;
}

void Invocation::run_backend(uint64_t sample, uint32_t n, bool is_last) {
  result_ = {.struct_size = sizeof(result_)};
  transfers_.load(sample);
  if (keeps_inputs_ && recording_) keep_inputs(sample, n);
  run_.inputs = transfers_.input_pointers();
  run_.outputs = transfers_.output_pointers();
  if (given_ != nullptr) run_.given = given_->at(sample);
  run_.sample = n_done_;
  run_.n_samples = n;
  run_.flags = (is_first_ ? AIR_RUN_FIRST : 0u) | (is_last ? AIR_RUN_LAST : 0u);
  is_first_ = false;
  recorder_.begin_run(n_done_, n);
  const Runner &runner = session_.runner();
  const Plugin &plugin = runner.plugin();
  const uint64_t begin_ns = takes_time_ ? now_ns() : 0;
  const air_status status =
      plugin.enter("run", [&] { return plugin.backend().run(runner.connection(), session_.index(), &run_); });
  const double own_ms = own_time(begin_ns);
  judged(plugin.name(), "run", [&] {
    if (failure_) std::rethrow_exception(failure_);
  });
  if (status == AIR_ERROR_CANCELLED) throw_if_interrupted();  // a plugin only knows that it was interrupted
  if (status != AIR_OK) throw_backend_error(status, plugin.name(), "run");
  if (stopped_) return;
  judged(plugin.name(), "run", [&] {
    transfers_.store();
    recorder_.add_run(result_, own_ms);
  });
}

// In ms, where the backend does not tell how long a run took; NaN where nobody knows.
double Invocation::own_time(uint64_t begin_ns) {
  takes_time_ = result_.run_ns == 0;
  if (begin_ns == 0 || !takes_time_) return Series::kUnknown;
  const uint64_t end_ns = result_.end_ns > begin_ns ? result_.end_ns : now_ns();
  return static_cast<double>(end_ns - begin_ns) / static_cast<double>(kNsPerMs);
}

// As the network gets them.
void Invocation::keep_inputs(uint64_t sample, uint32_t n) {
  for (size_t i = 0; i < result_of_all_->inputs.size(); ++i) {
    const Samples &kept = result_of_all_->inputs[i];
    std::memcpy(kept.at(sample), transfers_.input_pointers()[i], n * kept.sample_bytes());
  }
}

// Tells the callbacks about a completed run; returns false when one of them has stopped the invoke.
bool Invocation::after_run() {
  if (result_.note != nullptr && *result_.note != '\0') session_.runner().tell_note(result_.note);
  if (recording_ && callbacks_.on_sample_end != nullptr) {
    const std::span<const air_view> outputs = transfers_.sample_outputs();
    const air_sample_event event = {.sample = n_done_ - 1,
                                    .n_outputs = static_cast<uint32_t>(outputs.size()),
                                    .reserved = 0,
                                    .outputs = outputs.data(),
                                    .duration_ms = recorder_.device_ms()};
    ask(callbacks_.on_sample_end, &event);
  }
  const uint64_t n_total = n_samples_ * rounds_;
  if (recording_ && !stopped_ && callbacks_.on_progress != nullptr) {
    const uint64_t now = now_ns();
    if (now - last_progress_ns_ >= kProgressIntervalNs || n_done_ == n_total) {
      last_progress_ns_ = now;
      ask(callbacks_.on_progress, n_done_, n_total);
    }
  }
  if (n_done_ < n_total && !stopped_ && hold_.is_interrupted()) throw_if_interrupted();
  return !stopped_;
}

void Invocation::throw_if_interrupted() const {
  if (hold_.is_cancelled()) {
    fail(AIR_ERROR_CANCELLED, "cancelled after {} of {} samples", n_done_, n_samples_ * rounds_);
  }
  if (hold_.is_overdue()) {
    fail(AIR_ERROR_TIMEOUT, "time limit of {} ms passed after {} of {} samples: allow more, or run fewer",
         hold_.timeout_ms(), n_done_, n_samples_ * rounds_);
  }
}

// ---- Events of nodes

// Nothing is thrown across the backend, and after a failure it is told to stop.
template <class Body>
air_action Invocation::tell(const air_backend_event *given, Body body) noexcept {
  if (stopped_ || failure_) return AIR_STOP;
  try {
    auto event = read_plugin_struct(given, offsetof(air_backend_event, n_values), "an event");
    event.n_samples = std::max(event.n_samples, 1u);
    body(event);
  } catch (...) {
    failure_ = std::current_exception();
  }
  return stopped_ || failure_ ? AIR_STOP : AIR_CONTINUE;
}

air_action Invocation::node_begin(const air_backend_event *given) noexcept {
  return tell(given, [this](const air_backend_event &event) {
    const Recorder::Node &node = recorder_.begin_node(event);
    if (!recording_) return;
    const air_node_event told = {.sample = event.sample,
                                 .node = event.node,
                                 .n_tensors = node.known.node->n_inputs,
                                 .description = node.known.node,
                                 .tensors = node.inputs.data(),
                                 .duration_ms = Series::kUnknown,
                                 .n_columns = 0,
                                 .reserved = 0,
                                 .columns = nullptr,
                                 .values = nullptr,
                                 .note = ""};
    ask(callbacks_.on_node_begin, &told);
  });
}

air_action Invocation::node_end(const air_backend_event *given) noexcept {
  return tell(given, [this](const air_backend_event &event) {
    const Recorder::Node &node = recorder_.end_node(event);
    if (!recording_ || callbacks_.on_node_end == nullptr) return;
    const air_node_event told = {.sample = event.sample,
                                 .node = event.node,
                                 .n_tensors = node.known.node->n_outputs,
                                 .description = node.known.node,
                                 .tensors = node.outputs.data(),
                                 .duration_ms = recorder_.event_values()[kDeviceColumn],
                                 .n_columns = static_cast<uint32_t>(recorder_.columns().size()),
                                 .reserved = 0,
                                 .columns = recorder_.columns().data(),
                                 .values = recorder_.event_values().data(),
                                 .note = recorder_.event_note()};
    ask(callbacks_.on_node_end, &told);
  });
}

}  // namespace air
