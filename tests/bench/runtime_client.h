// SPDX-License-Identifier: BSD-3-Clause
// The digits through airunner, and the lines of the results; what it costs beyond the runtime's own call may be 1 % or 2 us.
#pragma once

#include <airunner.h>

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <functional>
#include <stdexcept>
#include <string>
#include <vector>

#include "common/values.h"
#include "measure.h"

namespace bench {

class RuntimeClient {
 public:
  explicit RuntimeClient(const std::string &descriptor) {
    require(air_connect(descriptor.c_str(), nullptr, &runner_));
    require(air_get_session(runner_, nullptr, &session_));
  }
  ~RuntimeClient() { air_disconnect(runner_); }
  RuntimeClient(const RuntimeClient &) = delete;
  RuntimeClient &operator=(const RuntimeClient &) = delete;

  size_t input_bytes() const { return air_get_model(session_)->inputs[0]->size_bytes; }
  size_t output_bytes() const { return air_get_model(session_)->outputs[0]->size_bytes; }

  void run(const std::vector<std::byte> &input) {
    const air_input in = {.data = input.data(), .size_bytes = input.size()};
    air::HeldResult result;
    require(air_invoke(session_, input.size() / input_bytes(), &in, 1, nullptr, 0, nullptr, nullptr, result.out()));
  }

 private:
  static void require(air_status status) {
    if (status != AIR_OK) throw std::runtime_error(air_last_error()->message);
  }

  air_runner *runner_ = nullptr;
  air_session *session_ = nullptr;
};

// Compares the runtime's own call of one sample with air_invoke(), for one sample and for many.
inline void compare(const std::string &label, RuntimeClient &client, const std::function<void()> &bare,
                    unsigned n_rounds) {
  constexpr size_t kSamples = 200;
  constexpr double kLeastAllowance = 2000.0;
  const std::vector<std::byte> one(client.input_bytes());
  const std::vector<std::byte> many(client.input_bytes() * kSamples);
  const auto repeated = [](auto call) {
    return [call] {
      for (size_t i = 0; i < kSamples; ++i) call();
    };
  };
  const std::vector<double> times =
      least_ns(n_rounds, {repeated(bare), repeated([&] { client.run(one); }), [&] { client.run(many); }});
  const double baseline = times[0] / kSamples;
  const double limit = baseline + std::max(kLeastAllowance, baseline / 100.0);
  print({label + ": invoke of a single sample", times[1] / kSamples, "ns/sample", baseline, limit});
  print({label + ": invoke of 200 samples", times[2] / kSamples, "ns/sample", baseline, limit});
}

}  // namespace bench
