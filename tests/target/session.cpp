// SPDX-License-Identifier: BSD-3-Clause
// The public API with less ceremony, for tests.
#include "session.h"

#include <chrono>
#include <cmath>
#include <filesystem>
#include <iterator>

namespace air::test {
namespace {

// All of a place that the result holds.
std::vector<std::vector<std::byte>> tensors(const air_result *result, air_place place, uint32_t node) {
  std::vector<std::vector<std::byte>> tensors;
  air_view view{};
  for (uint32_t i = 0; air_get_tensor(result, place, node, i, 0, &view) == AIR_OK && view.data != nullptr; ++i) {
    const auto *data = static_cast<const std::byte *>(view.data);
    tensors.emplace_back(data, data + view.size_bytes);
  }
  return tensors;
}

}  // namespace

Client::Client(const std::string &descriptor, uint32_t limit_ms, std::string *log, air_token *token) {
  const air_log lines = {
      .line = [](void *user, air_log_level, const char *line) { *static_cast<std::string *>(user) += line; },
      .user = log,
      .level = AIR_LOG_DEBUG};
  const air_connect_options options = {
      .struct_size = sizeof(options), .timeout_ms = limit_ms, .token = token, .log = log == nullptr ? nullptr : &lines};
  status = air_connect(descriptor.c_str(), &options, &runner);
  if (status == AIR_OK) air_get_session(runner, nullptr, &session);
}

Client::~Client() {
  air_disconnect(runner);
}

air_status Client::run(uint32_t mode, uint32_t timeout_ms, air_token *token) {
  if (status != AIR_OK) return status;
  air_input_set *set = nullptr;
  if (const air_status failed = air_make_inputs(session, 1, &set); failed != AIR_OK) return failed;
  for (uint32_t i = 0; i < set->n; ++i) {
    auto *bytes = static_cast<std::byte *>(set->data[i]);
    for (size_t k = 0; k < set->inputs[i].size_bytes; ++k) bytes[k] = static_cast<std::byte>((k * 13 + i) & 0x3F);
  }
  const air_invoke_options options = {
      .struct_size = sizeof(options), .mode = mode, .timeout_ms = timeout_ms, .token = token};
  const air_status done = air_invoke(session, 1, set->inputs, set->n, nullptr, 0, &options, callbacks, result.out());
  air_free_inputs(set);
  return done;
}

double Client::value(const char *column, uint32_t node) const {
  const double *values =
      air_get_values(result.get(), air_find_column(air_get_result_model(result.get()), column), node);
  return values == nullptr ? NAN : *values;
}

uint32_t Client::n_nodes() const {
  uint32_t n = 0;
  while (result && n < air_get_result_model(result.get())->n_nodes && !std::isnan(value("time.device", n))) ++n;
  return n;
}

std::vector<std::vector<std::byte>> Client::outputs() const {
  return tensors(result.get(), AIR_PLACE_OUTPUT, 0);
}

std::vector<std::vector<std::byte>> Client::outputs_of(uint32_t node) const {
  return tensors(result.get(), AIR_PLACE_NODE, node);
}

std::string error_text() {
  return air_last_error()->message;
}

Canceller::Canceller(uint32_t after_ms)
    : token_(air_make_token()), thread_([this, after_ms] {
        std::this_thread::sleep_for(std::chrono::milliseconds(after_ms));
        at_ = now_ms();
        air_cancel(token_);
      }) {}

Canceller::~Canceller() {
  thread_.join();
  air_release_token(token_);
}

double Canceller::passed_ms() const {
  return now_ms() - at_;
}

size_t open_files() {
  return static_cast<size_t>(std::distance(std::filesystem::directory_iterator("/proc/self/fd"), {}));
}

double now_ms() {
  static const auto start = std::chrono::steady_clock::now();
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
}

}  // namespace air::test
