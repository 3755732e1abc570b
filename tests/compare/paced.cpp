// SPDX-License-Identifier: BSD-3-Clause
// A backend whose nodes take the times that a test wants, with so much data that a comparison of a few samples runs in parts: `paced:` has the
// inputs and outputs of the digits model. The first value of a sample is the time of its softmax, in ms; less than 0 fails.
#include <airunner_backend.hpp>
#include <algorithm>
#include <array>
#include <span>

namespace {

using air::backend::Error;

constexpr size_t kInputs = 64, kOutputs = 10;
constexpr int64_t kWide = 20'000'000;  // float32, more than half of what a part may hold
constexpr double kWideMs = 10;
constexpr const char *kSchemes[] = {"paced", nullptr};

air::backend::Model describe() {
  const air::backend::Tensor input = {.name = "input", .shape = {8, 8, 1}};
  const air::backend::Tensor wide = {.name = "wide", .shape = {kWide}};
  const air::backend::Tensor output = {.name = "softmax", .shape = {kOutputs}};
  return {
      .name = "paced",
      .capabilities = AIR_CAP_PER_LAYER | AIR_CAP_PER_LAYER_DATA,
      .inputs = {input},
      .outputs = {output},
      .nodes = {{.name = "wide", .operation = "Pad", .processor = "CPU", .inputs = {input}, .outputs = {wide}},
                {.name = "softmax", .operation = "Softmax", .processor = "NPU", .inputs = {wide}, .outputs = {output}}},
      .states_bytes = AIR_BACKEND_ZERO,  // what may have states is not run in parts
  };
}

class Paced {
 public:
  static constexpr air::backend::Facts facts = {
      .name = "paced", .version = "1.0.0", .description = "takes the times that it is told", .schemes = kSchemes};

  explicit Paced(const air::backend::Request &request) {
    if (!request.rest().empty()) throw Error(AIR_ERROR_INVALID_DESCRIPTOR, "paced: nothing may follow the colon");
  }

  const std::vector<air::backend::Model> &models() const { return models_; }

  void run(uint32_t /*model*/, air::backend::Run &run) {
    run.check();
    std::array<float, kInputs> values{};
    std::memcpy(values.data(), run.input(0), sizeof values);
    if (values.front() < 0) throw Error(AIR_ERROR_TARGET, "nothing takes less than no time");
    tell(run, 0, kWideMs, wide_.data());
    tell(run, 1, values.front(), output_.data());
    if (run.wants_outputs()) std::memcpy(run.output(0), output_.data(), sizeof output_);
    run.measured(static_cast<uint64_t>((kWideMs + values.front()) * 1e6));
  }

 private:
  static void tell(air::backend::Run &run, uint32_t node, double ms, const void *data) {
    run.end_node(node, ms, std::array{run.wants_data() ? data : nullptr});
  }

  std::vector<float> wide_ = std::vector<float>(kWide);
  std::array<float, kOutputs> output_{1};
  std::vector<air::backend::Model> models_ = {describe()};
};

}  // namespace

AIR_BACKEND(Paced)
