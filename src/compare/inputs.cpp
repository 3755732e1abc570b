// SPDX-License-Identifier: BSD-3-Clause
// The inputs of one model made those of another.
#include "inputs.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <numeric>
#include <string_view>

#include "boundary.h"
#include "common/error.h"
#include "common/tensor_facts.h"

namespace air {
namespace {

constexpr double kEndless = std::numeric_limits<double>::infinity();
constexpr double kMoreThanHalf = 1 + 1e-5;  // scales and values are float32

// Whether the same bytes mean the same numbers. Each row of packed bits begins a new word.
bool stored_alike(const air_tensor &a, const air_tensor &b) {
  return a.dtype == b.dtype && a.encoding == b.encoding && scales_of(a).size() <= 1 &&
         std::ranges::equal(scales_of(a), scales_of(b)) && std::ranges::equal(zero_points_of(a), zero_points_of(b)) &&
         (a.encoding != AIR_ENCODING_PACKED_BITS || std::ranges::equal(shape_of(a), shape_of(b)));
}

// Whether converting the inputs of `from` gives those of `to`.
bool gives(const Side &from, const Side &to) {
  const std::vector<uint32_t> sources = corresponding_inputs(from.model, to.model);
  for (size_t i = 0; i < sources.size(); ++i) {
    const auto &[tensor, data, n_samples] = to.inputs[i];
    std::vector<unsigned char> bytes(checked_size(tensor.size_bytes, n_samples));
    convert_input(from.inputs[sources[i]], tensor, bytes.data());
    if (!bytes.empty() && std::memcmp(bytes.data(), data, bytes.size()) != 0) return false;
  }
  return true;
}

// Half a step of a quantized type; none beyond its ends, where all values become the last one.
struct Cell {
  double low, high;
};

Cell cell_of(double value, const Steps &steps) {
  const double half = steps.size / 2 * kMoreThanHalf;
  return {value <= steps.low ? -kEndless : value - half, value >= steps.high ? kEndless : value + half};
}

// Whether both may have been made of the same real values, each in its own steps.
bool from_the_same(const Side &a, const Side &b) {
  const std::vector<uint32_t> sources = corresponding_inputs(a.model, b.model);
  for (size_t i = 0; i < sources.size(); ++i) {
    const Values &left = a.inputs[sources[i]];
    const Values &right = b.inputs[i];
    const std::optional<Steps> left_steps = steps_of(left.tensor);
    const std::optional<Steps> right_steps = steps_of(right.tensor);
    const std::vector<Reordering> ways = reorderings(right.tensor, left.tensor);
    if (!left_steps || !right_steps || ways.empty()) return false;
    const Reals x = reordered<double>(real_numbers(left), n_reals(left.tensor), ways.front());
    const Reals y = real_numbers(right);
    for (size_t k = 0; k < x.size(); ++k) {
      const Cell first = cell_of(x[k], *left_steps);
      const Cell second = cell_of(y[k], *right_steps);
      if (first.low > second.high || second.low > first.high) return false;
    }
  }
  return true;
}

}  // namespace

std::vector<uint32_t> corresponding_inputs(const air_model &from, const air_model &to) {
  if (from.n_inputs != to.n_inputs) {
    fail(AIR_ERROR_INVALID_INPUT, "the inputs do not correspond: {} of one model, {} of the other",
         tensors_text({from.inputs, from.n_inputs}), tensors_text({to.inputs, to.n_inputs}));
  }
  return partners({to.inputs, to.n_inputs}, {from.inputs, from.n_inputs});
}

void convert_input(const Values &from, const air_tensor &tensor, void *storage) {
  const std::vector<Reordering> ways = reorderings(tensor, from.tensor);
  if (ways.empty()) {
    fail(AIR_ERROR_INVALID_INPUT,
         "input {} of shape {} cannot become input {} of shape {}: they may differ in dimensions of 1 and in the place "
         "of the channels",
         from.tensor.name, shape_text(from.tensor), tensor.name, shape_text(tensor));
  }
  const uint64_t size = n_reals(tensor);
  if (size == 0) return;
  if (ways.front().layout == AIR_LAYOUT_SAME && stored_alike(from.tensor, tensor)) {
    std::memcpy(storage, from.data, checked_size(tensor.size_bytes, from.n_samples));
    return;
  }
  std::vector<float> values(size);
  for (uint64_t sample = 0; sample < from.n_samples; ++sample) {
    const auto *source = static_cast<const unsigned char *>(from.data) + sample * from.tensor.size_bytes;
    auto *place = static_cast<unsigned char *>(storage) + sample * tensor.size_bytes;
    report::check(air_dequantize(&from.tensor, 1, source, values.data()));
    report::check(air_quantize(&tensor, 1, reordered<float>(values, size, ways.front()).data(), place));
  }
}

HeldInputs convert_inputs(const air_session &session, const air_result &result) {
  const air_model &to = *air_get_model(&session);
  const std::vector<Values> from = inputs_of(result);
  const std::vector<uint32_t> sources = corresponding_inputs(*air_get_result_model(&result), to);
  air_input_set *made = nullptr;
  report::check(air_make_inputs(&session, air_get_profile(&result)->n_samples, &made));
  HeldInputs set(made, &air_free_inputs);
  for (uint32_t i = 0; i < to.n_inputs; ++i) convert_input(from[sources[i]], *to.inputs[i], made->data[i]);
  return set;
}

void check_same_inputs(const Side &reference, const Side &other) {
  if (reference.n_samples != other.n_samples) {
    fail(AIR_ERROR_INVALID_INPUT, "the captures have {} and {} samples: record both with the same inputs",
         reference.n_samples, other.n_samples);
  }
  if (!gives(reference, other) && !gives(other, reference) && !from_the_same(reference, other)) {
    fail(AIR_ERROR_INVALID_INPUT,
         "the captures were recorded with different inputs: give the same files, or the same --seed and --range, or "
         "let one side be a capture and the other a descriptor");
  }
}

}  // namespace air
