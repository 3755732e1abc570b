// SPDX-License-Identifier: BSD-3-Clause
// The loop of one invoke: feeds samples to the backend, collects what it measured, asks the callbacks.
#include "invocation.h"

#include <algorithm>
#include <cstring>

#include "error.h"
#include "host.h"
#include "runner.h"
#include "session.h"

namespace air {
namespace {

constexpr uint32_t kModesOfPlugins =
    AIR_MODE_PER_LAYER | AIR_MODE_PER_LAYER_WITH_DATA | AIR_MODE_FIXED_INPUT | AIR_MODE_PERF_ONLY | AIR_MODE_DEBUG;
constexpr uint64_t kNsPerMs = 1'000'000;
constexpr uint64_t kProgressIntervalNs = 20 * kNsPerMs;

}  // namespace

Invocation::Invocation(Session &session, const Runner::Hold &hold, Lanes &lanes, Recorder &recorder,
                       const Session::Request &request, uint32_t mode, Result *result)
    : session_(session),
      hold_(hold),
      lanes_(lanes),
      recorder_(recorder),
      result_of_all_(result),
      n_samples_(request.n_samples),
      warmup_(request.options.warmup),
      rounds_(std::max(request.options.repeat, 1u)),
      timeout_ms_(request.options.timeout_ms),
      callbacks_(request.callbacks),
      run_(make_run(this, mode, request.options.user_option, callbacks_.on_node_begin != nullptr)),
      keeps_inputs_(result != nullptr && (mode & AIR_MODE_KEEP_INPUTS) != 0),
      n_errors_before_(n_set_errors()) {
  run_.result = &result_;
  clear_backend_error();
  recorder_.begin(result, mode, n_samples_, request.options);
}

air_run Invocation::make_run(Invocation *self, uint32_t mode, uint32_t user_option, bool wants_begin) {
  air_run run{};
  run.struct_size = sizeof(run);
  run.mode = mode & kModesOfPlugins;
  run.user_option = user_option;
  run.sink = self;
  run.check = [](void *sink) { return static_cast<Invocation *>(sink)->check(); };
  if ((mode & AIR_MODE_PER_LAYER) == 0) return run;
  run.on_node_end = [](void *sink, const air_run_node_event *event) {
    return static_cast<Invocation *>(sink)->node_end(*event);
  };
  if (!wants_begin) return run;
  run.on_node_begin = [](void *sink, const air_run_node_event *event) {
    return static_cast<Invocation *>(sink)->node_begin(*event);
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

// What a callback wants: false to end here. Throws where it has failed.
bool Invocation::goes_on(air_action action) {
  if (action == AIR_CONTINUE) return true;
  if (action == AIR_STOP) {
    stopped_ = true;
    return false;
  }
  if (action != AIR_FAIL) fail(AIR_ERROR_INVALID_ARGUMENT, "a callback returned {}, which is no air_action", action);
  if (n_set_errors() == n_errors_before_) {
    fail(AIR_ERROR_CALLBACK, "a callback returned AIR_FAIL, without saying why with air_set_error()");
  }
  throw Error(AIR_ERROR_CALLBACK, last_error()->message, last_error()->vendor_code);
}

// Several samples a run only where nobody looks at single ones.
uint32_t Invocation::largest_run() const noexcept {
  const bool watched = callbacks_.on_sample_begin != nullptr || callbacks_.on_sample_end != nullptr ||
                       (run_.mode & (AIR_MODE_PER_LAYER | AIR_MODE_FIXED_INPUT)) != 0;
  return watched || !lanes_.all_direct() ? 1 : session_.model().native_batch;
}

// Returns false when a callback has stopped the invoke.
bool Invocation::run_batch(uint64_t n_samples) {
  const uint32_t most = largest_run();
  for (uint64_t sample = 0; sample < n_samples;) {
    const auto n = static_cast<uint32_t>(std::min<uint64_t>(most, n_samples - sample));
    if (recording_ && callbacks_.on_sample_begin != nullptr &&
        !goes_on(callbacks_.on_sample_begin(callbacks_.user, n_done_))) {
      return false;
    }
    run_backend(sample, n, sample + n == n_samples);
    if (stopped_) return false;
    recorder_.add_run(result_, n);
    if (recording_) n_done_ += n;
    if (!after_run(sample)) return false;
    sample += n;
  }
  return true;
}

void Invocation::run_backend(uint64_t sample, uint32_t n, bool is_last) {
  result_ = {.struct_size = sizeof(result_), .stack_bytes = -1, .heap_bytes = -1};
  lanes_.load(sample);
  if (keeps_inputs_ && recording_) keep_inputs(sample, n);
  run_.inputs = lanes_.input_pointers();
  run_.outputs = lanes_.output_pointers();
  run_.sample = n_done_;
  run_.n_samples = n;
  run_.flags = (is_first_ ? uint32_t{AIR_RUN_FIRST} : 0u) | (is_last ? uint32_t{AIR_RUN_LAST} : 0u);
  is_first_ = false;
  recorder_.begin_run();
  const Runner &runner = session_.runner();
  const air_status status = runner.backend().run(runner.connection(), session_.index(), &run_);
  if (failure_) std::rethrow_exception(failure_);
  if (status == AIR_ERROR_CANCELLED) throw_if_interrupted(now_ns());  // a plugin only knows that it was interrupted
  if (status != AIR_OK) throw_backend_error(status, "run");
  if (!stopped_) lanes_.store(sample);
}

// As the network gets them.
void Invocation::keep_inputs(uint64_t sample, uint32_t n) {
  for (size_t i = 0; i < result_of_all_->inputs.size(); ++i) {
    const Samples &kept = result_of_all_->inputs[i];
    std::memcpy(kept.at(sample), lanes_.input_pointers()[i], n * kept.sample_bytes());
  }
}

// Tells the callbacks about a completed run; returns false when one of them has stopped the invoke.
bool Invocation::after_run(uint64_t sample) {
  const uint64_t now = result_.end_ns != 0 ? result_.end_ns : now_ns();
  if (recording_ && callbacks_.on_sample_end != nullptr) {
    const std::span<const air_view> outputs = lanes_.sample_outputs(sample);
    const air_sample_event event = {.sample = n_done_ - 1,
                                    .n_outputs = static_cast<uint32_t>(outputs.size()),
                                    .reserved = 0,
                                    .outputs = outputs.data(),
                                    .duration_ms = static_cast<double>(result_.device_ns) / kNsPerMs};
    goes_on(callbacks_.on_sample_end(callbacks_.user, &event));
  }
  const uint64_t n_total = n_samples_ * rounds_;
  const bool due = now - last_progress_ns_ >= kProgressIntervalNs || n_done_ == n_total;
  if (recording_ && !stopped_ && callbacks_.on_progress != nullptr && due) {
    last_progress_ns_ = now;
    goes_on(callbacks_.on_progress(callbacks_.user, n_done_, n_total));
  }
  if (n_done_ < n_total && !stopped_) throw_if_interrupted(now);
  return !stopped_;
}

void Invocation::throw_if_interrupted(uint64_t now) const {
  if (hold_.is_cancelled()) {
    fail(AIR_ERROR_CANCELLED, "cancelled after {} of {} samples", n_done_, n_samples_ * rounds_);
  }
  if (hold_.is_overdue(now)) {
    fail(AIR_ERROR_TIMEOUT, "time limit of {} ms passed after {} of {} samples: allow more, or run fewer", timeout_ms_,
         n_done_, n_samples_ * rounds_);
  }
}

air_status Invocation::check() noexcept {
  try {
    throw_if_interrupted(timeout_ms_ == 0 ? 0 : now_ns());
    return AIR_OK;
  } catch (const Error &error) {
    host_services().set_error(error.status(), 0, error.what());
    return error.status();
  } catch (...) {
    return AIR_ERROR_NO_MEMORY;
  }
}

air_action Invocation::node_begin(const air_run_node_event &event) noexcept {
  if (stopped_ || failure_) return AIR_STOP;
  try {
    const Recorder::Node &node = recorder_.begin_node(event);
    if (!recording_) return AIR_CONTINUE;
    const air_node_event told = {.sample = event.sample,
                                 .node = event.node->index,
                                 .n_tensors = event.node->n_inputs,
                                 .description = node.known.node,
                                 .data = event.data,
                                 .sizes = node.input_sizes.data(),
                                 .duration_ms = Series::kUnknown,
                                 .n_columns = 0,
                                 .reserved = 0,
                                 .columns = nullptr,
                                 .values = nullptr,
                                 .note = ""};
    return goes_on(callbacks_.on_node_begin(callbacks_.user, &told)) ? AIR_CONTINUE : AIR_STOP;
  } catch (...) {
    failure_ = std::current_exception();
    return AIR_STOP;
  }
}

air_action Invocation::node_end(const air_run_node_event &event) noexcept {
  if (stopped_ || failure_) return AIR_STOP;
  try {
    const Recorder::Node &node = recorder_.add_node(event);
    if (!recording_ || callbacks_.on_node_end == nullptr) return AIR_CONTINUE;
    const air_node_event told = {.sample = event.sample,
                                 .node = event.node->index,
                                 .n_tensors = event.node->n_outputs,
                                 .description = node.known.node,
                                 .data = event.data,
                                 .sizes = node.output_sizes.data(),
                                 .duration_ms = event.duration_ms,
                                 .n_columns = static_cast<uint32_t>(recorder_.columns().size()),
                                 .reserved = 0,
                                 .columns = recorder_.columns().data(),
                                 .values = recorder_.event_values().data(),
                                 .note = event.statistics == nullptr ? "" : event.statistics};
    return goes_on(callbacks_.on_node_end(callbacks_.user, &told)) ? AIR_CONTINUE : AIR_STOP;
  } catch (...) {
    failure_ = std::current_exception();
    return AIR_STOP;
  }
}

}  // namespace air
