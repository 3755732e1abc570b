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

// What a call may take to end on a machine that has much else to do.
constexpr auto kSoon = 20s;

// Enough warm-up to last for hours on any model.
air_invoke_options endless(air_token *token = nullptr) {
  return {.struct_size = sizeof(air_invoke_options), .token = token, .warmup = UINT32_MAX};
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
  const air_status status = batch.invoke(model, options);
  check(status == AIR_ERROR_TIMEOUT, "{}", air_status_name(status));
  check(Clock::now() - begin < kSoon, "the time limit of 50 ms took longer than 20 s");
  check_usable(context, model, expected, "a timeout");
}

// An invoke in a thread, held in its first callback until it is let go.
class HeldCall {
 public:
  HeldCall(const Model &model, const Batch &batch, air_token *token = nullptr)
      : model_(model), batch_(batch), token_(token), thread_([this] { run(); }) {
    while (!begun_ && !done_) std::this_thread::sleep_for(1ms);
  }
  ~HeldCall() {
    if (thread_.joinable()) let_go();
  }

  air_status let_go() {
    go_ = true;
    thread_.join();
    return status_;
  }
  const HeldResult &result() const { return result_; }

 private:
  void run() {
    const air_callbacks callbacks = {
        .struct_size = sizeof(callbacks), .user = this, .on_sample_begin = [](void *user, uint64_t) -> air_action {
          auto &held = *static_cast<HeldCall *>(user);
          held.begun_ = true;
          while (!held.go_) std::this_thread::sleep_for(1ms);
          return AIR_CONTINUE;
        }};
    const air_invoke_options options = {.struct_size = sizeof(options), .mode = AIR_MODE_PARTIAL, .token = token_};
    status_ = batch_.invoke(model_, options, &callbacks, result_.out());
    done_ = true;
  }

  const Model &model_;
  Batch batch_;
  air_token *token_;
  HeldResult result_;
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
  const Token token = make_token();
  HeldCall held(model, expected, token.get());
  air_cancel(token.get());
  const air_status status = held.let_go();
  check(status == AIR_ERROR_CANCELLED, "{}", air_status_name(status));
  check(!held.result() || air_get_profile(held.result().get())->n_samples < 2, "both samples were run");
  check_usable(context, model, expected, "a cancel");
  air_cancel(token.get());
  check_usable(context, model, expected, "a cancel of nothing");
}

// A token ends what it was given to before and after it was cancelled, for good.
void cancel_while_running(const Context &context) {
  const Model model(context);
  Batch expected(context, model, 2);
  model.start_afresh();
  expected.run(model);
  Batch batch = expected;
  const Token token = make_token();
  const air_invoke_options options = endless(token.get());
  std::thread thread([&] {
    std::this_thread::sleep_for(50ms);
    air_cancel(token.get());
  });
  const auto begin = Clock::now();
  const air_status status = batch.invoke(model, options);
  const auto took = Clock::now() - begin;
  thread.join();
  check(status == AIR_ERROR_CANCELLED, "{}", air_status_name(status));
  check(took < kSoon, "the call ended more than 20 s after its token was cancelled");
  const air_status later = batch.invoke(model, options);
  check(later == AIR_ERROR_CANCELLED, "the next call with the token: {}", air_status_name(later));
  check_usable(context, model, expected, "a cancel");
}

// A sample that takes long enough is given up in its middle.
void cancel_within_a_sample(const Context &context) {
  const Model model(context);
  need(model.can(AIR_CAP_CANCEL_RUN), "the model has no CANCEL_RUN");
  const Batch batch(context, model, 1);
  const Token token = make_token();
  const air_invoke_options options = {.struct_size = sizeof(options), .mode = AIR_MODE_PARTIAL, .token = token.get()};
  std::thread thread([&] {
    std::this_thread::sleep_for(200ms);
    air_cancel(token.get());
  });
  const auto begin = Clock::now();
  HeldResult result;
  const air_status status = batch.invoke_kept(model, options, nullptr, result.out());
  const auto took = Clock::now() - begin;
  thread.join();
  need(status != AIR_OK, "a sample takes less than 200 ms");
  check(status == AIR_ERROR_CANCELLED, "{}", air_status_name(status));
  check(took < kSoon, "the call ended more than 20 s after its token was cancelled");
  check(result && air_get_profile(result.get())->n_samples == 0, "the result has a sample that was not completed");
}

// Calls that take long enough for others to interfere, and tell when they are under way.
constexpr uint32_t kManyRounds = 200000;

air_callbacks counting(std::atomic<uint64_t> &n_ended) {
  return {.struct_size = sizeof(air_callbacks),
          .user = &n_ended,
          .on_sample_end = [](void *user, const air_sample_event *) -> air_action {
            ++*static_cast<std::atomic<uint64_t> *>(user);
            return AIR_CONTINUE;
          }};
}

void partial_result(const Context &context) {
  const Model model(context);
  Batch expected(context, model, 2);
  model.start_afresh();
  expected.run(model);
  std::atomic<uint64_t> n_ended{0};
  std::atomic<bool> done{false};
  const air_callbacks callbacks = counting(n_ended);
  const Token token = make_token();
  const air_invoke_options options = {
      .struct_size = sizeof(options), .mode = AIR_MODE_PARTIAL, .token = token.get(), .repeat = kManyRounds};
  std::thread thread([&] {
    while (n_ended == 0 && !done) std::this_thread::sleep_for(1ms);
    air_cancel(token.get());
  });
  Batch batch = expected;
  HeldResult result;
  const air_status status = batch.invoke(model, options, &callbacks, result.out());
  const std::string message = air_last_error()->message;
  done = true;
  thread.join();
  check(status == AIR_ERROR_CANCELLED, "{}: {}", air_status_name(status), message);
  check(static_cast<bool>(result), "there is no result");
  const air_profile &profile = *air_get_profile(result.get());
  check(profile.n_runs == n_ended && profile.n_samples <= 2, "{} runs in the result, {} have ended", profile.n_runs,
        n_ended.load());
  check(profile.stopped == 0, "air_profile.stopped is {}, and no callback stopped it", profile.stopped);
  for (const double ms : values_of(*result, "time.device")) check(ms >= 0.0, "a run took {} ms", ms);
  check_usable(context, model, expected, "a cancel");
}

// Runs five samples whose token is cancelled when the third ends.
air_status cancel_after_three(const Model &model, const Batch &batch, uint32_t mode, HeldResult &result) {
  const Token token = make_token();
  const air_callbacks callbacks = {.struct_size = sizeof(callbacks),
                                   .user = token.get(),
                                   .on_sample_end = [](void *user, const air_sample_event *event) -> air_action {
                                     if (event->sample == 2) air_cancel(static_cast<air_token *>(user));
                                     return AIR_CONTINUE;
                                   }};
  const air_invoke_options options = {.struct_size = sizeof(options), .mode = mode, .token = token.get()};
  model.start_afresh();
  return batch.invoke_kept(model, options, &callbacks, result.out());
}

void partial_outputs(const Context &context) {
  const Model model(context);
  Batch expected(context, model, 5);
  model.start_afresh();
  expected.run(model);
  HeldResult result;
  const air_status whole_or_none = cancel_after_three(model, expected, AIR_MODE_IO_ONLY, result);
  check(whole_or_none == AIR_ERROR_CANCELLED && !result, "without PARTIAL: {}", air_status_name(whole_or_none));
  const air_status status = cancel_after_three(model, expected, AIR_MODE_PARTIAL, result);
  check(status == AIR_ERROR_CANCELLED, "{}", air_status_name(status));
  check(static_cast<bool>(result), "there is no result");
  const uint64_t n_samples = air_get_profile(result.get())->n_samples;
  check(n_samples == 3, "{} samples, 3 were completed", n_samples);
  const std::vector<Bytes> outputs = kept_outputs(*result);
  for (size_t i = 0; i < outputs.size(); ++i) {
    check(outputs[i].size() == 3 * model.outputs()[i]->size_bytes, "output {} has {} bytes", i, outputs[i].size());
  }
  check_usable(context, model, expected, "a cancel");
  check_equal_outputs(context, model, outputs, expected.outputs(), 3, "samples until a cancel");
}

void disconnect_ends_a_call(const Context &context) {
  Model model(context);
  Batch batch(context, model, 2);
  std::atomic<uint64_t> n_ended{0};
  std::atomic<bool> done{false};
  air_status status = AIR_OK;
  std::thread thread([&] {
    const air_callbacks callbacks = counting(n_ended);
    const air_invoke_options options = {.struct_size = sizeof(options), .repeat = kManyRounds};
    status = batch.invoke(model, options, &callbacks);
    done = true;
  });
  while (n_ended == 0 && !done) std::this_thread::sleep_for(1ms);
  const air_status disconnected = model.disconnect();
  thread.join();
  check_ok(disconnected, "disconnect");
  check(status == AIR_ERROR_CANCELLED, "the call: {}", air_status_name(status));
}

void busy(const Context &context) {
  const Model model(context);
  Batch expected(context, model, 2);
  model.start_afresh();
  expected.run(model);
  model.start_afresh();
  HeldCall held(model, expected);
  Batch other = expected;
  const air_status status = other.invoke(model);
  check(held.let_go() == AIR_OK, "the first call did not go on");
  check(status == AIR_ERROR_BUSY, "a second call: {}", air_status_name(status));
  check_usable(context, model, expected, "a second call");
}

constexpr Check kChecks[] = {
    {"limits: timeout", timeout},
    {"limits: cancel between samples", cancel_between_samples},
    {"limits: cancel while running", cancel_while_running},
    {"limits: cancel within a sample", cancel_within_a_sample},
    {"limits: a cancelled run tells what was done", partial_result},
    {"limits: outputs until a cancel", partial_outputs},
    {"limits: disconnect ends a call", disconnect_ends_a_call},
    {"limits: busy", busy},
};

}  // namespace

std::span<const Check> limit_checks() {
  return kChecks;
}

}  // namespace conformance
