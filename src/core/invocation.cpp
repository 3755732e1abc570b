// SPDX-License-Identifier: BSD-3-Clause
// The loop of one invoke: feeds samples to the backend, collects what it measured, asks the callbacks.
#include "invocation.h"

#include <algorithm>

#include "error.h"
#include "host.h"
#include "runner.h"
#include "session.h"
#include "common/struct_size.h"

namespace air {
namespace {

constexpr uint64_t kNsPerMs = 1'000'000;
constexpr uint64_t kProgressIntervalNs = 20 * kNsPerMs;

}  // namespace

Invocation::Invocation(Session &session, Lanes &lanes, Recorder &recorder, uint64_t n_samples, uint32_t mode,
                       const air_invoke_options &options)
    : session_(session),
      lanes_(lanes),
      recorder_(recorder),
      n_samples_(n_samples),
      warmup_(options.warmup),
      rounds_(std::max(options.repeat, 1u)),
      timeout_ms_(options.timeout_ms),
      start_ns_(now_ns()),
      deadline_ns_(options.timeout_ms == 0 ? 0 : start_ns_ + options.timeout_ms * kNsPerMs),
      callbacks_(read_struct(options.callbacks, air_callbacks AIR_CALLBACKS_INIT, "air_callbacks")),
      run_(make_run(this, mode, options, callbacks_.on_node_begin != nullptr)) {
  run_.result = &result_;
  clear_backend_error();
  recorder_.begin(mode, n_samples, options);
}

air_run Invocation::make_run(Invocation *self, uint32_t mode, const air_invoke_options &options, bool wants_begin) {
  air_run run{};
  run.struct_size = sizeof(run);
  run.mode = mode;
  run.user_option = options.user_option;
  run.sink = self;
  run.check = [](void *sink) { return static_cast<Invocation *>(sink)->check(); };
  if ((mode & AIR_MODE_PER_LAYER) == 0) return run;
  run.on_node_end = [](void *sink, const air_node_event *event) {
    return static_cast<Invocation *>(sink)->node_end(*event);
  };
  if (!wants_begin) return run;
  run.on_node_begin = [](void *sink, const air_node_event *event) {
    return static_cast<Invocation *>(sink)->node_begin(*event);
  };
  return run;
}

void Invocation::run() {
  try {
    run_all();
  } catch (...) {
    recorder_.end(now_ns() - start_ns_, stopped_);
    throw;
  }
  recorder_.end(now_ns() - start_ns_, stopped_);
}

void Invocation::run_all() {
  recorder_.set_recording(false);
  for (uint64_t left = warmup_; left > 0; left -= std::min(left, n_samples_)) {
    if (!run_batch(std::min(left, n_samples_))) return;
  }
  recorder_.set_recording(recording_ = true);
  for (uint64_t round = 0; round < rounds_; ++round) {
    if (!run_batch(n_samples_)) return;
  }
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
        callbacks_.on_sample_begin(callbacks_.user, n_done_) != AIR_CONTINUE) {
      stopped_ = true;
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
  run_.inputs = lanes_.input_pointers();
  run_.outputs = lanes_.output_pointers();
  run_.sample = n_done_;
  run_.n_samples = n;
  run_.flags = (is_first_ ? uint32_t{AIR_RUN_FIRST} : 0u) | (is_last ? uint32_t{AIR_RUN_LAST} : 0u);
  is_first_ = false;
  const Runner &runner = session_.runner();
  const air_status status = runner.backend().run(runner.connection(), session_.index(), &run_);
  if (failure_) std::rethrow_exception(failure_);
  if (status != AIR_OK) throw_backend_error(status, "run");
  if (!stopped_) lanes_.store(sample);
}

// Tells the callbacks about a completed run; returns false when one of them has stopped the invoke.
bool Invocation::after_run(uint64_t sample) {
  const uint64_t now = result_.end_ns != 0 ? result_.end_ns : now_ns();
  if (recording_ && callbacks_.on_sample_end != nullptr) {
    const std::span<const air_buffer> outputs = lanes_.sample_outputs(sample);
    const air_sample_event event = {.struct_size = sizeof(air_sample_event),
                                    .n_outputs = static_cast<uint32_t>(outputs.size()),
                                    .sample = n_done_ - 1,
                                    .outputs = outputs.data(),
                                    .duration_ms = static_cast<double>(result_.device_ns) / kNsPerMs};
    stopped_ = callbacks_.on_sample_end(callbacks_.user, &event) != AIR_CONTINUE;
  }
  const uint64_t n_total = n_samples_ * rounds_;
  const bool due = now - last_progress_ns_ >= kProgressIntervalNs || n_done_ == n_total;
  if (recording_ && callbacks_.on_progress != nullptr && due) {
    last_progress_ns_ = now;
    stopped_ = callbacks_.on_progress(callbacks_.user, n_done_, n_total) != AIR_CONTINUE || stopped_;
  }
  if (n_done_ < n_total) throw_if_interrupted(now);
  return !stopped_;
}

void Invocation::throw_if_interrupted(uint64_t now) const {
  if (session_.runner().cancelled()) {
    fail(AIR_ERROR_CANCELLED, "cancelled after {} of {} samples", n_done_, n_samples_ * rounds_);
  }
  if (deadline_ns_ != 0 && now >= deadline_ns_) {
    fail(AIR_ERROR_TIMEOUT, "time limit of {} ms passed after {} of {} samples: allow more, or run fewer", timeout_ms_,
         n_done_, n_samples_ * rounds_);
  }
}

air_status Invocation::check() noexcept {
  try {
    throw_if_interrupted(deadline_ns_ == 0 ? 0 : now_ns());
    return AIR_OK;
  } catch (const Error &error) {
    host_services().set_error(error.status(), 0, error.what());
    return error.status();
  } catch (...) {
    return AIR_ERROR_NO_MEMORY;
  }
}

air_action Invocation::node_begin(const air_node_event &event) noexcept {
  if (stopped_ || failure_) return AIR_STOP;
  try {
    recorder_.check_node(event);
  } catch (...) {
    failure_ = std::current_exception();
    return AIR_STOP;
  }
  if (!recording_) return AIR_CONTINUE;
  stopped_ = callbacks_.on_node_begin(callbacks_.user, &event) != AIR_CONTINUE;
  return stopped_ ? AIR_STOP : AIR_CONTINUE;
}

air_action Invocation::node_end(const air_node_event &event) noexcept {
  if (stopped_ || failure_) return AIR_STOP;
  try {
    recorder_.add_node(event);
  } catch (...) {
    failure_ = std::current_exception();
    return AIR_STOP;
  }
  if (!recording_ || callbacks_.on_node_end == nullptr) return AIR_CONTINUE;
  stopped_ = callbacks_.on_node_end(callbacks_.user, &event) != AIR_CONTINUE;
  return stopped_ ? AIR_STOP : AIR_CONTINUE;
}

}  // namespace air
