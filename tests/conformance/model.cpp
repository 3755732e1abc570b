// SPDX-License-Identifier: BSD-3-Clause
// A connected model and batches of samples for it: see model.h.
#include "model.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <numeric>

namespace conformance {

air_status connect(const Context &context, const std::string &descriptor, air_token *token, air_runner **out_runner) {
  const char *plugin = context.plugin.c_str();
  const air_connect_options options = {.struct_size = sizeof(options),
                                       .token = token,
                                       .plugin_paths = &plugin,
                                       .n_plugin_paths = context.plugin.empty() ? 0U : 1U};
  return air_connect(descriptor.c_str(), &options, out_runner);
}

Model::Model(const Context &context, const std::string &descriptor) : quirks_(&context.quirks) {
  air_runner *runner = nullptr;
  check_ok(connect(context, descriptor, nullptr, &runner), "connect");
  runner_.reset(runner);
  check_ok(air_get_session_at(runner, context.model, &session_), "session");
}

void Model::start_afresh() const {
  if (can(AIR_CAP_RESET_STATES)) {
    check_ok(air_reset_states(session_, nullptr), "reset states");
  } else {
    need(!quirks_->stateful, "the model is stateful and cannot be reset");
  }
}

air_status Model::disconnect() {
  session_ = nullptr;
  return air_disconnect(runner_.release());
}

bool is_open(const air_tensor &info) {
  return std::find(info.shape, info.shape + info.rank, -1) != info.shape + info.rank;
}

bool has_open_outputs(const Model &model) {
  return std::ranges::any_of(model.outputs(), [](const air_tensor *info) { return is_open(*info); });
}

bool fits(const air_view &one, const air_tensor &info) {
  return std::equal(
      one.shape, one.shape + one.rank, info.storage_shape, info.storage_shape + info.rank,
      [](int64_t dimension, int64_t told) { return dimension == told || (told == -1 && dimension >= 0); });
}

Batch::Batch(const Context &context, const Model &model, uint64_t n_samples, uint32_t seed) : n_samples_(n_samples) {
  for (const air_tensor *info : model.outputs()) outputs_.emplace_back(info->size_bytes * n_samples);
  air_random random = {.seed = seed};
  if (context.quirks.input_range) {
    random.has_range = 1;
    std::tie(random.low, random.high) = *context.quirks.input_range;
  }
  air_input_set *set = nullptr;
  check_ok(air_make_random_inputs(model.session(), n_samples, &random, &set), "random inputs");
  const std::unique_ptr<air_input_set, decltype(&air_free_inputs)> owned(set, air_free_inputs);
  for (const air_input &input : std::span(set->inputs, set->n)) {
    const auto *bytes = static_cast<const std::byte *>(input.data);
    inputs_.emplace_back(bytes, bytes + input.size_bytes);
  }
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
  if (output_sizes_.empty()) std::transform(outputs_.begin(), outputs_.end(), std::back_inserter(one.outputs_), cut);
  for (size_t i = 0; i < output_sizes_.size(); ++i) {
    const auto sizes = output_sizes_[i].begin();
    const auto begin =
        outputs_[i].begin() + std::accumulate(sizes, sizes + static_cast<ptrdiff_t>(index), ptrdiff_t{0});
    one.outputs_.emplace_back(begin, begin + static_cast<ptrdiff_t>(output_sizes_[i][index]));
    one.output_sizes_.push_back({output_sizes_[i][index]});
  }
  return one;
}

air_status Batch::invoke(const Model &model, const air_invoke_options &options, const air_callbacks *callbacks,
                         const air_result **out_result) {
  if (has_open_outputs(model)) {
    HeldResult result;
    const air_status status = invoke_kept(model, options, callbacks, result.out());
    if (result && (options.mode & AIR_MODE_PERF_ONLY) == 0) take_outputs(*result);
    if (result && out_result != nullptr) *out_result = air_retain_result(result.get());
    return status;
  }
  const auto in = inputs_of(inputs_);
  const auto out = outputs_of(outputs_);
  return air_invoke(model.session(), n_samples_, in.data(), static_cast<uint32_t>(in.size()), out.data(),
                    static_cast<uint32_t>(out.size()), &options, callbacks, out_result);
}

void Batch::take_outputs(const air_result &result) {
  output_sizes_.assign(outputs_.size(), {});
  for (uint32_t i = 0; i < outputs_.size(); ++i) {
    outputs_[i] = samples_of(result, AIR_PLACE_OUTPUT, 0, i);
    for (uint64_t s = 0; s < air_get_profile(&result)->n_samples; ++s)
      output_sizes_[i].push_back(tensor_of(result, AIR_PLACE_OUTPUT, 0, i, s).size_bytes);
  }
}

HeldResult Batch::run(const Model &model, const air_invoke_options &options, const air_callbacks *callbacks) {
  HeldResult result;
  check_ok(invoke(model, options, callbacks, result.out()), "invoke");
  return result;
}

air_status Batch::invoke_kept(const Model &model, const air_invoke_options &options, const air_callbacks *callbacks,
                              const air_result **out_result) const {
  const auto in = inputs_of(inputs_);
  return air_invoke(model.session(), n_samples_, in.data(), static_cast<uint32_t>(in.size()), nullptr, 0, &options,
                    callbacks, out_result);
}

HeldResult Batch::run_kept(const Model &model, const air_invoke_options &options,
                           const air_callbacks *callbacks) const {
  HeldResult result;
  check_ok(invoke_kept(model, options, callbacks, result.out()), "invoke");
  return result;
}

std::vector<air_input> inputs_of(std::span<const Bytes> blocks) {
  std::vector<air_input> inputs;
  for (const Bytes &block : blocks) inputs.push_back({.data = block.data(), .size_bytes = block.size()});
  return inputs;
}

std::vector<air_output> outputs_of(std::span<Bytes> blocks) {
  std::vector<air_output> outputs;
  for (Bytes &block : blocks) outputs.push_back({.data = block.data(), .size_bytes = block.size()});
  return outputs;
}

air_view tensor_of(const air_result &result, air_place place, uint32_t node, uint32_t index, uint64_t sample) {
  air_view view{};
  constexpr const char *kPlaces[] = {"input", "output", "node"};
  const std::string what = fmt::format("{} {}, tensor {}", kPlaces[place], node, index);
  check_ok(air_get_tensor(&result, place, node, index, sample, &view), what);
  check(view.data != nullptr, "the result does not hold {}", what);
  return view;
}

Bytes bytes_of(const air_view &view) {
  const auto *bytes = static_cast<const std::byte *>(view.data);
  return {bytes, bytes + view.size_bytes};
}

Bytes samples_of(const air_result &result, air_place place, uint32_t node, uint32_t index) {
  Bytes all;
  for (uint64_t s = 0; s < air_get_profile(&result)->n_samples; ++s) {
    const Bytes one = bytes_of(tensor_of(result, place, node, index, s));
    all.insert(all.end(), one.begin(), one.end());
  }
  return all;
}

std::vector<Bytes> kept_outputs(const air_result &result) {
  std::vector<Bytes> outputs;
  const air_model &model = *air_get_result_model(&result);
  for (uint32_t i = 0; i < model.n_outputs; ++i) {
    outputs.push_back(is_open(*model.outputs[i]) ? samples_of(result, AIR_PLACE_OUTPUT, 0, i)
                                                 : bytes_of(tensor_of(result, AIR_PLACE_OUTPUT, 0, i)));
  }
  return outputs;
}

std::span<const double> values_of(const air_result &result, const char *column, uint32_t node) {
  const double *values = air_get_values(&result, air_find_column(air_get_result_model(&result), column), node);
  check(values != nullptr, "no values of {}", column);
  return {values, static_cast<size_t>(air_get_profile(&result)->n_runs)};
}

std::span<const air_node *const> nodes_of(const air_result &result) {
  const air_model &model = *air_get_result_model(&result);
  return {model.nodes, model.n_nodes};
}

namespace {

std::vector<float> real_values(const air_tensor &info, const Bytes &block, uint64_t n_samples) {
  uint64_t n = n_samples;
  for (uint32_t d = 0; d < info.rank; ++d) n *= static_cast<uint64_t>(info.shape[d]);
  std::vector<float> values(n);
  check_ok(air_dequantize(&info, n_samples, block.data(), values.data()), "dequantize");
  return values;
}

void check_close(const air_tensor &info, const Bytes &got, const Bytes &expected, uint64_t n_samples, double tolerance,
                 std::string_view what) {
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

void check_equal_tensor(const Context &context, const air_tensor &info, const Bytes &got, const Bytes &expected,
                        uint64_t n_samples, std::string_view what) {
  if (context.quirks.tolerance > 0.0 && !is_open(info)) {
    return check_close(info, got, expected, n_samples, context.quirks.tolerance, what);
  }
  // Of an open one `got` has n_samples samples, and `expected` may have more.
  const bool same = is_open(info)
                        ? got.size() <= expected.size() && std::equal(got.begin(), got.end(), expected.begin())
                        : std::memcmp(got.data(), expected.data(), info.size_bytes * n_samples) == 0;
  check(same, "{}: {} has other bytes", what, info.name);
}

void check_usable(const Context &context, const Model &model, const Batch &expected, std::string_view after) {
  Batch again = expected;
  for (Bytes &block : again.outputs()) std::fill(block.begin(), block.end(), std::byte{0x5A});
  model.start_afresh();
  HeldResult result;
  check_ok(again.invoke(model, in_mode(AIR_MODE_IO_ONLY), nullptr, result.out()),
           fmt::format("invoke after {}", after));
  const uint64_t n_samples = air_get_profile(result.get())->n_samples;
  check(n_samples == again.n_samples(), "after {}: {} samples of {} were run", after, n_samples, again.n_samples());
  if (!context.quirks.deterministic) return;
  check_equal_outputs(context, model, again.outputs(), expected.outputs(), again.n_samples(),
                      fmt::format("after {}", after));
}

}  // namespace conformance
