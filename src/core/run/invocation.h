// SPDX-License-Identifier: BSD-3-Clause
// The loop of one invoke: feeds samples to the backend, collects what it measured, asks the callbacks.
#pragma once

#include <exception>

#include "airunner_backend.h"
#include "core/run/recorder.h"
#include "core/run/runner.h"
#include "core/run/session.h"
#include "core/run/tensor_transfer.h"

namespace air {

class Invocation {
 public:
  // `mode` is the granted one; `transfers` are prepared; `given` and `result` may be NULL.
  Invocation(Session &session, const Runner::Hold &hold, Transfers &transfers, Given *given, Recorder &recorder,
             const Session::Request &request, uint32_t mode, Result *result);
  Invocation(const Invocation &) = delete;
  Invocation &operator=(const Invocation &) = delete;

  // Throws what went wrong.
  void run();
  bool stopped() const noexcept { return stopped_; }  // by a callback
  uint64_t elapsed_ns() const noexcept;

 private:
  bool run_batch(uint64_t n_samples);
  void run_backend(uint64_t sample, uint32_t n, bool is_last);
  void keep_inputs(uint64_t sample, uint32_t n);
  double own_time(uint64_t begin_ns);
  bool after_run();
  template <class... Args, class... Given>
  bool ask(air_action (*callback)(void *, Args...), Given... arguments);
  uint32_t largest_run() const noexcept;
  void throw_if_interrupted() const;

  // What the backend calls during a run.
  air_action node_begin(const air_backend_event *given) noexcept;
  air_action node_end(const air_backend_event *given) noexcept;
  template <class Body>
  air_action tell(const air_backend_event *given, Body body) noexcept;
  static air_run make_run(Invocation *self, uint32_t mode, uint32_t user_option, bool wants_begin);

  Session &session_;
  const Runner::Hold &hold_;
  Transfers &transfers_;
  Given *given_;  // may be NULL
  Recorder &recorder_;
  Result *result_of_all_;  // may be NULL
  uint64_t n_samples_;
  uint64_t warmup_;
  uint64_t rounds_;
  uint64_t last_progress_ns_ = 0;
  uint64_t n_done_ = 0;  // recorded samples
  air_callbacks callbacks_;
  air_run run_;
  air_run_result result_{};  // of the current run
  bool is_first_ = true;
  bool recording_ = false;
  bool keeps_inputs_ = false;
  bool stopped_ = false;
  bool takes_time_ = true;      // of runs, as long as the backend does not tell it
  std::exception_ptr failure_;  // thrown within a node event, which it may not cross
};

}  // namespace air
