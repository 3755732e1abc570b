// SPDX-License-Identifier: BSD-3-Clause
// The public API with less ceremony, for tests.
#include "session.h"

#include <chrono>

namespace air::test {

Client::Client(const std::string &descriptor, air_log_fn log, void *log_user, uint32_t limit_ms) {
  air_connect_options options = AIR_CONNECT_OPTIONS_INIT;
  options.timeout_ms = limit_ms;
  options.log = log;
  options.log_user = log_user;
  options.log_level = log == nullptr ? AIR_LOG_WARNING : AIR_LOG_DEBUG;
  status = air_connect(descriptor.c_str(), &options, &runner);
  if (status == AIR_OK) air_get_session(runner, nullptr, &session);
}

Client::~Client() {
  air_disconnect(runner);
}

const air_model_info &Client::info() const {
  const air_model_info *info = nullptr;
  air_get_info(session, &info);
  return *info;
}

air_status Client::run(uint32_t mode, uint32_t timeout_ms) {
  if (status != AIR_OK) return status;
  std::vector<std::vector<std::byte>> memory;
  std::vector<air_buffer> inputs;
  for (uint32_t i = 0; i < info().n_inputs; ++i) {
    std::vector<std::byte> &bytes = memory.emplace_back(info().inputs[i]->size_bytes);
    for (size_t k = 0; k < bytes.size(); ++k) bytes[k] = static_cast<std::byte>((k * 13 + i) & 0x3F);
    inputs.push_back(
        {.data = bytes.data(), .size_bytes = bytes.size(), .shape = nullptr, .rank = 0, .dtype = AIR_DTYPE_NONE});
  }
  air_invoke_options options = AIR_INVOKE_OPTIONS_INIT;
  options.mode = mode;
  options.timeout_ms = timeout_ms;
  options.callbacks = callbacks;
  return air_invoke(session, 1, inputs.data(), static_cast<uint32_t>(inputs.size()), nullptr, 0, &options);
}

std::vector<std::vector<std::byte>> Client::outputs() const {
  const air_buffer *buffers = nullptr;
  uint32_t n = 0;
  std::vector<std::vector<std::byte>> outputs;
  if (air_get_outputs(session, &buffers, &n) != AIR_OK) return outputs;
  for (uint32_t i = 0; i < n; ++i) {
    const auto *data = static_cast<const std::byte *>(buffers[i].data);
    outputs.emplace_back(data, data + buffers[i].size_bytes);
  }
  return outputs;
}

std::string error_text() {
  return air_last_error()->message;
}

double now_ms() {
  static const auto start = std::chrono::steady_clock::now();
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
}

}  // namespace air::test
