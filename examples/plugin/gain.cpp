// SPDX-License-Identifier: BSD-3-Clause
// A whole backend in one file: `gain:` is a model of one node that multiplies four numbers by `?factor=`.
// docs/writing-a-backend.md walks through it, section by section.
#include <airunner_backend.hpp>
#include <array>
#include <cmath>
#include <cstdlib>

namespace {

using air::backend::Error;

constexpr size_t kValues = 4;

// ---- What the library knows before it connects.

constexpr const char *kSchemes[] = {"gain", nullptr};

constexpr air_backend_option kOptions[] = {
    {.struct_size = sizeof(air_backend_option),
     .type = AIR_OPTION_TEXT,
     .key = "factor",
     .default_value = "2",
     .choices = nullptr,
     .text = "what the numbers are multiplied by"},
};

// The library has checked that it is one of the options; that it is a real number is ours to check.
float read_factor(const std::string &text) {
  char *end = nullptr;
  const float factor = std::strtof(text.c_str(), &end);
  if (text.empty() || *end != '\0' || !std::isfinite(factor)) {
    throw Error(AIR_ERROR_INVALID_DESCRIPTOR, "gain: factor must be a number such as 2.5, and is \"" + text + "\"");
  }
  return factor;
}

// ---- The model.

air::backend::Model describe() {
  const air::backend::Tensor input = {.name = "input_1", .shape = {kValues}};
  const air::backend::Tensor output = {.name = "output_1", .shape = {kValues}};
  const air::backend::Tensor product = {.name = "gain_1", .shape = {kValues}};
  return {
      .name = "gain",
      .capabilities = AIR_CAP_PER_LAYER | AIR_CAP_PER_LAYER_DATA | AIR_CAP_NODE_BEGIN,
      .inputs = {input},
      .outputs = {output},
      .nodes = {{.name = "gain", .operation = "Mul", .layer_number = 1, .inputs = {input}, .outputs = {product}}},
      .properties = {{"runtime", "gain"}, {"runtime.version", "1.0.0"}, {"device.type", "HOST"}},
      .macc = kValues,
      .weights_bytes = AIR_BACKEND_ZERO,
  };
}

// ---- One connection.

class Gain {
 public:
  static constexpr air::backend::Facts facts = {
      .name = "gain",
      .version = "1.0.0",
      .description = "multiplies four numbers",
      .schemes = kSchemes,
      .options = kOptions,
  };

  explicit Gain(const air::backend::Request &request) : factor_(read_factor(request.text("factor"))) {
    if (!request.rest().empty()) throw Error(AIR_ERROR_INVALID_DESCRIPTOR, "gain: nothing may follow the colon");
    if (request.model_name().value_or("gain") != "gain") {
      throw Error(AIR_ERROR_NOT_FOUND, "gain: the only model is called gain");
    }
  }

  const std::vector<air::backend::Model> &models() const { return models_; }

  // One sample, and what the library wants to hear about it.
  void run(uint32_t /*model*/, air::backend::Run &run) {
    run.check();
    std::array<float, kValues> values{};
    std::memcpy(values.data(), run.input(0), sizeof values);  // the caller's memory may have any alignment
    run.begin_node(0, std::array{run.input(0)});
    const uint64_t begin_ns = air::backend::now_ns();
    for (float &value : values) value *= factor_;
    const uint64_t node_ns = air::backend::now_ns() - begin_ns;
    const std::array<const void *, 1> data = {run.wants_data() ? values.data() : nullptr};
    run.end_node(0, static_cast<double>(node_ns) * 1e-6, data);
    if (run.wants_outputs()) std::memcpy(run.output(0), values.data(), sizeof values);
    run.measured(node_ns);
  }

 private:
  float factor_;
  std::vector<air::backend::Model> models_ = {describe()};
};

}  // namespace

// ---- The one function that is exported.

AIR_BACKEND(Gain)
