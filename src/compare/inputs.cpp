// SPDX-License-Identifier: BSD-3-Clause
// The inputs of one model made those of another.
#include "inputs.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstring>
#include <limits>
#include <numeric>
#include <optional>
#include <string_view>

#include "convert.h"
#include "error.h"
#include "tensor.h"

namespace air {
namespace {

constexpr double kEndless = std::numeric_limits<double>::infinity();
constexpr double kMoreThanHalf = 1 + 1e-5;  // scales and values are float32

// Whether the same bytes mean the same numbers.
bool stored_alike(const air_tensor_info &a, const air_tensor_info &b) {
  return a.dtype == b.dtype && a.encoding == b.encoding && a.fraction_bits == b.fraction_bits &&
         a.encoding != AIR_ENCODING_PACKED_BITS && a.n_scales <= 1 && a.n_scales == b.n_scales &&
         std::equal(a.scales, a.scales + a.n_scales, b.scales) &&
         std::equal(a.zero_points, a.zero_points + a.n_scales, b.zero_points);
}

// The steps of a type with one scale.
struct Steps {
  double size, low, high;
};

std::optional<Steps> steps_of(const air_tensor_info &tensor) {
  if (tensor.encoding != AIR_ENCODING_QUANTIZED || tensor.n_scales != 1 || air_dtype_size(tensor.dtype) > 2) return {};
  const double bits = 8.0 * air_dtype_size(tensor.dtype);
  const bool has_sign = tensor.dtype == AIR_DTYPE_INT8 || tensor.dtype == AIR_DTYPE_INT16;
  const double least = has_sign ? -std::exp2(bits - 1) : 0;
  const auto scale = static_cast<double>(tensor.scales[0]);
  const double low = (least - tensor.zero_points[0]) * scale;
  return Steps{scale, low, low + (std::exp2(bits) - 1) * scale};
}

// Whether converting the inputs of `from` gives those of `to`.
bool gives(const air_capture &from, const air_capture &to) {
  const std::vector<uint32_t> sources = corresponding_inputs(*from.info, *to.info);
  for (size_t i = 0; i < sources.size(); ++i) {
    const air_tensor_info &tensor = *to.info->inputs[i];
    std::vector<unsigned char> bytes(checked_size(tensor.size_bytes, to.n_samples));
    convert_input({*from.info->inputs[sources[i]], from.inputs[sources[i]], from.n_samples}, tensor, bytes.data());
    if (!bytes.empty() && std::memcmp(bytes.data(), to.inputs[i], bytes.size()) != 0) return false;
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
bool from_the_same(const air_capture &a, const air_capture &b) {
  const std::vector<uint32_t> sources = corresponding_inputs(*a.info, *b.info);
  for (size_t i = 0; i < sources.size(); ++i) {
    const air_tensor_info &left = *a.info->inputs[sources[i]];
    const air_tensor_info &right = *b.info->inputs[i];
    const std::optional<Steps> left_steps = steps_of(left);
    const std::optional<Steps> right_steps = steps_of(right);
    const std::vector<Reordering> ways = reorderings(right, left);
    if (!left_steps || !right_steps || ways.empty()) return false;
    const uint64_t size = n_reals(left);
    Reals x(size);
    Reals y(size);
    for (uint64_t sample = 0; size > 0 && sample < a.n_samples; ++sample) {
      dequantize_sample(left, static_cast<const std::byte *>(a.inputs[sources[i]]) + sample * left.size_bytes,
                        x.data());
      dequantize_sample(right, static_cast<const std::byte *>(b.inputs[i]) + sample * right.size_bytes, y.data());
      x = reordered<double>(x, size, ways.front());
      for (uint64_t k = 0; k < size; ++k) {
        const Cell first = cell_of(x[k], *left_steps);
        const Cell second = cell_of(y[k], *right_steps);
        if (first.low > second.high || second.low > first.high) return false;
      }
    }
  }
  return true;
}

}  // namespace

std::vector<uint32_t> corresponding_inputs(const air_model_info &from, const air_model_info &to) {
  if (from.n_inputs != to.n_inputs) {
    fail(AIR_ERROR_INVALID_INPUT, "the inputs do not correspond: {} of one model, {} of the other",
         tensors_text(from.inputs, from.n_inputs), tensors_text(to.inputs, to.n_inputs));
  }
  std::vector<uint32_t> by_name;
  for (uint32_t i = 0; i < to.n_inputs; ++i) {
    const auto *const *found = std::find_if(from.inputs, from.inputs + from.n_inputs, [&](const air_tensor_info *t) {
      return std::string_view(t->name) == to.inputs[i]->name;
    });
    by_name.push_back(static_cast<uint32_t>(found - from.inputs));
  }
  std::vector<uint32_t> in_order(from.n_inputs);
  std::iota(in_order.begin(), in_order.end(), 0U);
  return std::is_permutation(by_name.begin(), by_name.end(), in_order.begin(), in_order.end()) ? by_name : in_order;
}

void convert_input(const Values &from, const air_tensor_info &tensor, void *storage) {
  const std::vector<Reordering> ways = reorderings(tensor, from.info);
  if (ways.empty()) {
    fail(AIR_ERROR_INVALID_INPUT,
         "input {} of shape {} cannot become input {} of shape {}: they may differ in dimensions of 1 and in the place "
         "of "
         "the channels",
         from.info.name, shape_text(shape_of(from.info)), tensor.name, shape_text(shape_of(tensor)));
  }
  const bool copy = ways.front().layout == AIR_LAYOUT_SAME && stored_alike(from.info, tensor);
  const uint64_t size = n_reals(tensor);
  if (size == 0) return;
  std::vector<float> values(size);
  for (uint64_t sample = 0; sample < from.n_samples; ++sample) {
    const auto *source = static_cast<const unsigned char *>(from.data) + sample * from.info.size_bytes;
    auto *place = static_cast<unsigned char *>(storage) + sample * tensor.size_bytes;
    if (copy) {
      std::memcpy(place, source, tensor.size_bytes);
      continue;
    }
    dequantize_sample(from.info, source, values.data());
    quantize_sample(tensor, reordered<float>(values, size, ways.front()).data(), place);
  }
}

void check_same_inputs(const air_capture &reference, const air_capture &other) {
  if (reference.n_samples != other.n_samples) {
    fail(AIR_ERROR_INVALID_INPUT, "the captures have {} and {} samples: record both with the same inputs",
         reference.n_samples, other.n_samples);
  }
  if (!gives(reference, other) && !gives(other, reference) && !from_the_same(reference, other)) {
    fail(AIR_ERROR_INVALID_INPUT,
         "the captures were recorded with different inputs: give the same files, or the same --seed and --range, or "
         "let one "
         "side be a capture and the other a descriptor");
  }
}

}  // namespace air
