// SPDX-License-Identifier: BSD-3-Clause
// Checks of time limits, cancelling, and one call at a time.
#include <atomic>
#include <chrono>
#include <thread>

#include "model.h"

namespace conformance {
namespace {

using Clock = std::chrono::steady_clock;
using namespace std::chrono_literals;

// Enough warm-up to last for hours on any model.
air_invoke_options endless() {
  air_invoke_options options = AIR_INVOKE_OPTIONS_INIT;
  options.warmup = UINT32_MAX;
  return options;
}

void timeout(const Context &context) {
  const Model model(context);
  Batch expected(context, model, 2);
  model.start_afresh();
  expected.run(model);
  air_invoke_options options = endless();
  options.timeout_ms = 50;
  const auto begin = Clock::now();
  Batch batch = expected;
  const air_status status = batch.invoke(model, &options);
  check(status == AIR_ERROR_TIMEOUT, "{}", air_status_name(status));
  check(Clock::now() - begin < 20s, "the time limit of 50 ms took longer than 20 s");
  check_usable(context, model, expected, "a timeout");
}

// An invoke in a thread, held in its first callback until it is let go.
class Held {
 public:
  Held(const Model &model, const Batch &batch) : model_(model), batch_(batch), thread_([this] { run(); }) {
    while (!begun_ && !done_) std::this_thread::sleep_for(1ms);
  }
  ~Held() {
    if (thread_.joinable()) let_go();
  }

  air_status let_go() {
    go_ = true;
    thread_.join();
    return status_;
  }

 private:
  void run() {
    air_callbacks callbacks = AIR_CALLBACKS_INIT;
    callbacks.user = this;
    callbacks.on_sample_begin = [](void *user, uint64_t) {
      auto &held = *static_cast<Held *>(user);
      held.begun_ = true;
      while (!held.go_) std::this_thread::sleep_for(1ms);
      return AIR_CONTINUE;
    };
    air_invoke_options options = AIR_INVOKE_OPTIONS_INIT;
    options.callbacks = &callbacks;
    status_ = batch_.invoke(model_, &options);
    done_ = true;
  }

  const Model &model_;
  Batch batch_;
  std::atomic<bool> begun_{false};
  std::atomic<bool> go_{false};
  std::atomic<bool> done_{false};
  air_status status_ = AIR_OK;
  std::thread thread_;
};

void cancel_between_samples(const Context &context) {
  const Model model(context);
  Batch expected(context, model, 2);
  model.start_afresh();
  expected.run(model);
  Held held(model, expected);
  air_cancel(model.runner());
  const air_status status = held.let_go();
  check(status == AIR_ERROR_CANCELLED, "{}", air_status_name(status));
  check(model.profile().n_samples < 2, "both samples were run");
  check_usable(context, model, expected, "a cancel");
  air_cancel(model.runner());
  check_usable(context, model, expected, "a cancel of nothing");
}

void cancel_while_running(const Context &context) {
  const Model model(context);
  Batch expected(context, model, 2);
  model.start_afresh();
  expected.run(model);
  Batch batch = expected;
  std::atomic<bool> done{false};
  air_status status = AIR_OK;
  std::thread thread([&] {
    air_invoke_options options = endless();
    options.timeout_ms = 20000;
    status = batch.invoke(model, &options);
    done = true;
  });
  // The first ones may come before the invoke has begun.
  while (!done) {
    std::this_thread::sleep_for(10ms);
    air_cancel(model.runner());
  }
  thread.join();
  check(status == AIR_ERROR_CANCELLED, "{}", air_status_name(status));
  check_usable(context, model, expected, "a cancel");
}

void busy(const Context &context) {
  const Model model(context);
  Batch expected(context, model, 2);
  model.start_afresh();
  expected.run(model);
  model.start_afresh();
  Held held(model, expected);
  Batch other = expected;
  const air_status status = other.invoke(model);
  check(held.let_go() == AIR_OK, "the first call did not go on");
  check(status == AIR_ERROR_BUSY, "a second call: {}", air_status_name(status));
  check_usable(context, model, expected, "a second call");
}

constexpr Check kChecks[] = {{"limits: timeout", timeout},
                             {"limits: cancel between samples", cancel_between_samples},
                             {"limits: cancel while running", cancel_while_running},
                             {"limits: busy", busy}};

}  // namespace

std::span<const Check> limit_checks() {
  return kChecks;
}

}  // namespace conformance
