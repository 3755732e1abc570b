// SPDX-License-Identifier: BSD-3-Clause
// Checks of inputs: wrong ones are refused and do no harm, random ones are stable, conversions there and back.
#include <algorithm>
#include <cmath>
#include <functional>

#include "model.h"

namespace conformance {
namespace {

using Spoil = std::function<void(std::vector<air_input> &in, std::vector<air_output> &out)>;

air_dtype another_dtype(air_dtype dtype) {
  return dtype == AIR_DTYPE_INT16 ? AIR_DTYPE_UINT8 : AIR_DTYPE_INT16;
}

// A batch of two with something wrong is refused, nothing is written.
void check_refused(const Model &model, const Batch &batch, const char *what, const Spoil &spoil) {
  std::vector<Bytes> outputs = batch.outputs();
  for (Bytes &block : outputs) std::fill(block.begin(), block.end(), std::byte{0x5A});
  const std::vector<Bytes> before = outputs;
  auto in = inputs_of(batch.inputs());
  auto out = outputs_of(outputs);
  spoil(in, out);
  const air_status status = air_invoke(model.session(), batch.n_samples(), in.data(), static_cast<uint32_t>(in.size()),
                                       out.data(), static_cast<uint32_t>(out.size()), nullptr, nullptr, nullptr);
  check(status == AIR_ERROR_INVALID_INPUT || status == AIR_ERROR_INVALID_ARGUMENT, "{}: {}", what,
        air_status_name(status));
  check(outputs == before, "{}: outputs were written", what);
}

void wrong_inputs(const Context &context) {
  const Model model(context);
  Batch batch(context, model, 2);
  model.start_afresh();
  batch.run(model);
  const air_dtype other_in = another_dtype(model.inputs()[0]->dtype);
  const int64_t wrong_shape[] = {2, 3, 5, 7, 11, 13};
  check_refused(model, batch, "one input too many", [](auto &in, auto &) { in.push_back(in.back()); });
  check_refused(model, batch, "one input too few", [](auto &in, auto &) { in.pop_back(); });
  check_refused(model, batch, "input too short", [](auto &in, auto &) { --in[0].size_bytes; });
  check_refused(model, batch, "input too long", [](auto &in, auto &) { ++in[0].size_bytes; });
  check_refused(model, batch, "input without data", [](auto &in, auto &) { in[0].data = nullptr; });
  check_refused(model, batch, "dtype of an input", [&](auto &in, auto &) { in[0].dtype = other_in; });
  check_refused(model, batch, "shape of an input", [&](auto &in, auto &) {
    in[0].shape = wrong_shape;
    in[0].rank = 6;
  });
  check_refused(model, batch, "one output too many", [](auto &, auto &out) { out.push_back(out.back()); });
  check_refused(model, batch, "output too short", [](auto &, auto &out) { --out[0].size_bytes; });
  check_refused(model, batch, "output without data", [](auto &, auto &out) { out[0].data = nullptr; });
  check_usable(context, model, batch, "wrong inputs");
}

void wrong_options(const Context &context) {
  const Model model(context);
  Batch batch(context, model, 2);
  model.start_afresh();
  batch.run(model);
  const auto check_argument = [&](const char *what, const air_invoke_options &options) {
    const air_status status = batch.sample(0).invoke(model, options);
    check(status == AIR_ERROR_INVALID_ARGUMENT, "{}: {}", what, air_status_name(status));
  };
  check_argument("an unknown mode bit", in_mode(1u << 30));
  check_argument("an unknown io_mode bit", {.struct_size = sizeof(air_invoke_options), .io_mode = 1u << 30});
  check_argument("a struct that is too small", {.struct_size = 4});
  check_usable(context, model, batch, "wrong options");
}

void random_inputs(const Context &context) {
  const Model model(context);
  const Batch first(context, model, 3);
  check(Batch(context, model, 3).inputs() == first.inputs(), "the same seed gives other inputs");
  if (!context.quirks.input_range || context.quirks.input_range->first < context.quirks.input_range->second) {
    check(Batch(context, model, 3, 43).inputs() != first.inputs(), "another seed gives the same inputs");
  }
}

uint64_t n_values(const air_tensor &info) {
  uint64_t n = 1;
  for (uint32_t d = 0; d < info.rank; ++d) n *= static_cast<uint64_t>(info.shape[d]);
  return n;
}

void check_round_trip(const air_tensor &info, const Bytes &storage, uint64_t n_samples) {
  std::vector<float> values(n_values(info) * n_samples);
  std::vector<float> again(values.size());
  Bytes back(storage.size());
  check_ok(air_dequantize(&info, n_samples, storage.data(), values.data()), "dequantize");
  check_ok(air_quantize(&info, n_samples, values.data(), back.data()), "quantize");
  check_ok(air_dequantize(&info, n_samples, back.data(), again.data()), "dequantize again");
  for (size_t i = 0; i < values.size(); ++i) {
    check(values[i] == again[i] || (std::isnan(values[i]) && std::isnan(again[i])), "{}, element {}: {} became {}",
          info.name, i, values[i], again[i]);
  }
}

void conversions(const Context &context) {
  const Model model(context);
  Batch batch(context, model, 3);
  batch.run(model);
  for (size_t i = 0; i < batch.inputs().size(); ++i) check_round_trip(*model.inputs()[i], batch.inputs()[i], 3);
  for (size_t i = 0; i < batch.outputs().size(); ++i) check_round_trip(*model.outputs()[i], batch.outputs()[i], 3);
}

// Inputs and outputs as float32 give what converting them by hand gives.
void float_io(const Context &context) {
  need(context.quirks.deterministic, "the backend is not deterministic");
  const Model model(context);
  Batch stored(context, model, 3);
  std::vector<std::vector<float>> in;
  for (size_t i = 0; i < model.inputs().size(); ++i) {
    const air_tensor &info = *model.inputs()[i];
    in.emplace_back(n_values(info) * 3);
    check_ok(air_dequantize(&info, 3, stored.inputs()[i].data(), in[i].data()), "dequantize");
    check_ok(air_quantize(&info, 3, in[i].data(), stored.inputs()[i].data()), "quantize");
  }
  model.start_afresh();
  stored.run(model);
  std::vector<std::vector<float>> out;
  for (const air_tensor *info : model.outputs()) out.emplace_back(n_values(*info) * 3);
  std::vector<air_input> inputs;
  std::vector<air_output> outputs;
  for (const auto &block : in) {
    inputs.push_back({.data = block.data(), .size_bytes = block.size() * sizeof(float), .dtype = AIR_DTYPE_FLOAT32});
  }
  for (auto &block : out) outputs.push_back({.data = block.data(), .size_bytes = block.size() * sizeof(float)});
  const air_invoke_options options = {.struct_size = sizeof(options), .io_mode = AIR_IO_QUANTIZE | AIR_IO_DEQUANTIZE};
  model.start_afresh();
  check_ok(air_invoke(model.session(), 3, inputs.data(), static_cast<uint32_t>(inputs.size()), outputs.data(),
                      static_cast<uint32_t>(outputs.size()), &options, nullptr, nullptr),
           "invoke with float32");
  for (size_t i = 0; i < out.size(); ++i) {
    std::vector<float> expected(out[i].size());
    check_ok(air_dequantize(model.outputs()[i], 3, stored.outputs()[i].data(), expected.data()), "dequantize");
    for (size_t k = 0; k < expected.size(); ++k) {
      const double difference = std::fabs(static_cast<double>(out[i][k]) - static_cast<double>(expected[k]));
      const bool both_nan = std::isnan(out[i][k]) && std::isnan(expected[k]);
      check(out[i][k] == expected[k] || both_nan || difference <= context.quirks.tolerance,
            "{}, element {}: {} instead of {}", model.outputs()[i]->name, k, out[i][k], expected[k]);
    }
  }
}

constexpr Check kChecks[] = {
    {"inputs: wrong ones are refused", wrong_inputs},
    {"inputs: wrong options are refused", wrong_options},
    {"inputs: random", random_inputs},
    {"inputs: conversions there and back", conversions},
    {"inputs: float32 in and out", float_io},
};

}  // namespace

std::span<const Check> input_checks() {
  return kChecks;
}

}  // namespace conformance
