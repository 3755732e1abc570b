// SPDX-License-Identifier: BSD-3-Clause
// A connected model and batches of samples for it: see model.h.
#include "model.h"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace conformance {

Model::Model(const Context &context, const std::string &descriptor) : quirks_(&context.quirks) {
  const char *plugin = context.plugin.c_str();
  air_connect_options options = AIR_CONNECT_OPTIONS_INIT;
  options.plugin_paths = &plugin;
  options.n_plugin_paths = context.plugin.empty() ? 0 : 1;
  air_runner *runner = nullptr;
  check_ok(air_connect(descriptor.c_str(), &options, &runner), "connect");
  runner_.reset(runner);
  check_ok(air_get_session_at(runner, context.model, &session_), "session");
  check_ok(air_get_info(session_, &info_), "info");
}

const air_profile &Model::profile() const {
  const air_profile *profile = nullptr;
  check_ok(air_get_profile(session_, &profile), "profile");
  return *profile;
}

void Model::start_afresh() const {
  if (can(AIR_CAP_RESET_STATES)) {
    check_ok(air_reset_states(session_), "reset states");
  } else {
    need(!quirks_->stateful, "the model is stateful and cannot be reset");
  }
}

Batch::Batch(const Context &context, const Model &model, uint64_t n_samples, uint32_t seed) : n_samples_(n_samples) {
  for (const air_tensor_info *info : model.inputs()) inputs_.emplace_back(info->size_bytes * n_samples);
  for (const air_tensor_info *info : model.outputs()) outputs_.emplace_back(info->size_bytes * n_samples);
  air_random_options options = AIR_RANDOM_OPTIONS_INIT;
  options.seed = seed;
  if (context.quirks.input_range) {
    options.has_range = 1;
    std::tie(options.low, options.high) = *context.quirks.input_range;
  }
  const auto buffers = buffers_of(inputs_);
  check_ok(air_fill_random(model.session(), n_samples, buffers.data(), static_cast<uint32_t>(buffers.size()), &options),
           "random inputs");
}

Batch Batch::sample(uint64_t index) const {
  Batch one;
  one.n_samples_ = 1;
  const auto cut = [&](const Bytes &block) {
    const size_t size = block.size() / n_samples_;
    return Bytes(block.begin() + static_cast<ptrdiff_t>(index * size),
                 block.begin() + static_cast<ptrdiff_t>((index + 1) * size));
  };
  std::transform(inputs_.begin(), inputs_.end(), std::back_inserter(one.inputs_), cut);
  std::transform(outputs_.begin(), outputs_.end(), std::back_inserter(one.outputs_), cut);
  return one;
}

air_status Batch::invoke(const Model &model, const air_invoke_options *options) {
  const auto in = buffers_of(inputs_);
  const auto out = buffers_of(outputs_);
  return air_invoke(model.session(), n_samples_, in.data(), static_cast<uint32_t>(in.size()), out.data(),
                    static_cast<uint32_t>(out.size()), options);
}

void Batch::run(const Model &model, const air_invoke_options *options) {
  check_ok(invoke(model, options), "invoke");
}

std::vector<air_buffer> buffers_of(std::span<const Bytes> blocks) {
  std::vector<air_buffer> buffers;
  for (const Bytes &block : blocks) {
    buffers.push_back({const_cast<std::byte *>(block.data()), block.size(), nullptr, 0, AIR_DTYPE_NONE});
  }
  return buffers;
}

namespace {

std::vector<float> real_values(const air_tensor_info &info, const Bytes &block, uint64_t n_samples) {
  uint64_t n = n_samples;
  for (uint32_t d = 0; d < info.rank; ++d) n *= static_cast<uint64_t>(info.shape[d]);
  std::vector<float> values(n);
  check_ok(air_dequantize(&info, n_samples, block.data(), values.data()), "dequantize");
  return values;
}

void check_close(const air_tensor_info &info, const Bytes &got, const Bytes &expected, uint64_t n_samples,
                 double tolerance, std::string_view what) {
  const auto a = real_values(info, got, n_samples);
  const auto b = real_values(info, expected, n_samples);
  for (size_t i = 0; i < a.size(); ++i) {
    const bool close = std::fabs(static_cast<double>(a[i]) - static_cast<double>(b[i])) <= tolerance;
    check(close || (std::isnan(a[i]) && std::isnan(b[i])), "{}: {}, element {}: {} instead of {}", what, info.name, i,
          a[i], b[i]);
  }
}

}  // namespace

void check_equal_outputs(const Context &context, const Model &model, std::span<const Bytes> got,
                         std::span<const Bytes> expected, uint64_t n_samples, std::string_view what) {
  need(context.quirks.deterministic, "the backend is not deterministic");
  for (size_t i = 0; i < model.outputs().size(); ++i) {
    check_equal_tensor(context, *model.outputs()[i], got[i], expected[i], n_samples, what);
  }
}

void check_equal_tensor(const Context &context, const air_tensor_info &info, const Bytes &got, const Bytes &expected,
                        uint64_t n_samples, std::string_view what) {
  if (context.quirks.tolerance > 0.0) {
    return check_close(info, got, expected, n_samples, context.quirks.tolerance, what);
  }
  const bool same = std::memcmp(got.data(), expected.data(), info.size_bytes * n_samples) == 0;
  check(same, "{}: {} has other bytes", what, info.name);
}

void check_usable(const Context &context, const Model &model, const Batch &expected, std::string_view after) {
  Batch again = expected;
  for (Bytes &block : again.outputs()) std::fill(block.begin(), block.end(), std::byte{0x5A});
  model.start_afresh();
  check_ok(again.invoke(model), fmt::format("invoke after {}", after));
  check(model.profile().n_samples == again.n_samples(), "after {}: {} samples of {} were run", after,
        model.profile().n_samples, again.n_samples());
  if (!context.quirks.deterministic) return;
  check_equal_outputs(context, model, again.outputs(), expected.outputs(), again.n_samples(),
                      fmt::format("after {}", after));
}

}  // namespace conformance
