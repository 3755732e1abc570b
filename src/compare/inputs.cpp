// SPDX-License-Identifier: BSD-3-Clause
// The inputs of one model made those of another.
#include "compare/inputs.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <numeric>
#include <string_view>

#include "common/error.h"
#include "common/memory_size.h"
#include "common/tensor_facts.h"
#include "report/boundary.h"

namespace air {
namespace {

constexpr double kEndless = std::numeric_limits<double>::infinity();
constexpr double kMoreThanHalf = 1 + 1e-5;  // scales and values are float32

// As stored elements: whether they are equal; of other types nobody can tell.
bool may_be_equal(const Values &from, const Values &to) {
  const Reals steps = stored_steps(to, from, way_between(from.tensor, to.tensor));
  return std::ranges::all_of(steps, [](double step) { return step == 0; });
}

// Whether converting the one gives the other.
bool becomes(const Values &from, const Values &to) {
  std::vector<unsigned char> bytes(memory_size(checked_size(to.tensor.size_bytes, to.n_samples)));
  convert_input(from, to.tensor, bytes.data());
  return bytes.empty() || std::memcmp(bytes.data(), to.data, bytes.size()) == 0;
}

// Whether converting the inputs of `from` gives those of `to`.
bool gives(const Side &from, const Side &to) {
  const std::vector<uint32_t> sources = corresponding_inputs(from.model, to.model);
  for (size_t i = 0; i < sources.size(); ++i) {
    const Values &source = from.inputs[sources[i]];
    const Values &target = to.inputs[i];
    const bool stored = only_stored(source.tensor, target.tensor);
    if (!(stored ? may_be_equal(source, target) : becomes(source, target))) return false;
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
bool of_the_same_reals(const Values &left, const Values &right) {
  const std::optional<Steps> left_steps = steps_of(left.tensor);
  const std::optional<Steps> right_steps = steps_of(right.tensor);
  if (!left_steps || !right_steps) return false;
  const Reordering way = way_between(left.tensor, right.tensor);
  const Reals x = reordered<double>(real_numbers(left), n_reals(left.tensor), way);
  const Reals y = real_numbers(right);
  for (size_t k = 0; k < x.size(); ++k) {
    const Cell first = cell_of(x[k], *left_steps);
    const Cell second = cell_of(y[k], *right_steps);
    if (first.low > second.high || second.low > first.high) return false;
  }
  return true;
}

bool from_the_same(const Side &a, const Side &b) {
  const std::vector<uint32_t> sources = corresponding_inputs(a.model, b.model);
  for (size_t i = 0; i < sources.size(); ++i) {
    const Values &left = a.inputs[sources[i]];
    const Values &right = b.inputs[i];
    const bool stored = only_stored(left.tensor, right.tensor);
    if (!(stored ? may_be_equal(left, right) : of_the_same_reals(left, right))) return false;
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

Reordering way_between(const air_tensor &from, const air_tensor &to) {
  const std::vector<Reordering> ways = reorderings(to, from);
  if (!ways.empty()) return ways.front();
  fail(
      AIR_ERROR_INVALID_INPUT,
      "input {} of shape {} cannot become input {} of shape {}: they may differ in dimensions of 1 and in the place of "
      "the channels",
      from.name, shape_text(from), to.name, shape_text(to));
}

void convert(const Values &from, const Reordering &way, const air_tensor &tensor, const Treatment &treat,
             void *storage) {
  const uint64_t size = n_reals(tensor);
  if (size == 0) return;
  if (way.layout == AIR_LAYOUT_SAME && !treat && stored_alike(from.tensor, tensor)) {
    std::memcpy(storage, from.data, checked_size(tensor.size_bytes, from.n_samples));
    return;
  }
  std::vector<float> values(memory_size(size));
  for (uint64_t sample = 0; sample < from.n_samples; ++sample) {
    const auto *source = static_cast<const unsigned char *>(from.data) + sample * from.tensor.size_bytes;
    auto *place = static_cast<unsigned char *>(storage) + sample * tensor.size_bytes;
    report::check(air_dequantize(&from.tensor, 1, source, values.data()));
    std::vector<float> ordered = reordered<float>(values, size, way);
    if (treat) treat(ordered);
    report::check(air_quantize(&tensor, 1, ordered.data(), place));
  }
}

void convert_input(const Values &from, const air_tensor &tensor, void *storage) {
  convert(from, way_between(from.tensor, tensor), tensor, {}, storage);
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
