// SPDX-License-Identifier: BSD-3-Clause
// The loop of one invoke: feeds samples to the backend, collects what it measured, asks the callbacks.
#pragma once

#include <exception>

#include "airunner_backend.h"
#include "lanes.h"
#include "recorder.h"

namespace air {

class Session;

class Invocation {
 public:
  // `mode` is the granted one; `lanes` are prepared.
  Invocation(Session &session, Lanes &lanes, Recorder &recorder, uint64_t n_samples, uint32_t mode,
             const air_invoke_options &options);
  Invocation(const Invocation &) = delete;
  Invocation &operator=(const Invocation &) = delete;

  // Throws what went wrong; the recorder has been ended in any case.
  void run();

 private:
  void run_all();
  bool run_batch(uint64_t n_samples);
  void run_backend(uint64_t sample, uint32_t n, bool is_last);
  bool after_run(uint64_t sample);
  uint32_t largest_run() const noexcept;
  void throw_if_interrupted(uint64_t now) const;

  air_status check() noexcept;
  air_action node_begin(const air_node_event &event) noexcept;
  air_action node_end(const air_node_event &event) noexcept;
  static air_run make_run(Invocation *self, uint32_t mode, const air_invoke_options &options, bool wants_begin);

  Session &session_;
  Lanes &lanes_;
  Recorder &recorder_;
  uint64_t n_samples_;
  uint64_t warmup_;
  uint64_t rounds_;
  uint32_t timeout_ms_;
  uint64_t start_ns_;
  uint64_t deadline_ns_;  // 0: none
  uint64_t last_progress_ns_ = 0;
  uint64_t n_done_ = 0;  // recorded samples
  air_callbacks callbacks_;
  air_run run_;
  air_run_result result_{};
  bool is_first_ = true;
  bool recording_ = false;
  bool stopped_ = false;        // by a callback
  std::exception_ptr failure_;  // thrown within a node event, which it may not cross
};

}  // namespace air
