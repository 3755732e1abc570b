// SPDX-License-Identifier: BSD-3-Clause
// The inputs of one model made those of another.
#include "inputs.h"

#include <algorithm>
#include <cstring>
#include <numeric>
#include <string_view>

#include "convert.h"
#include "error.h"
#include "tensor.h"

namespace air {
namespace {

// Whether the same bytes mean the same numbers.
bool stored_alike(const air_tensor_info &a, const air_tensor_info &b) {
  return a.dtype == b.dtype && a.encoding == b.encoding && a.fraction_bits == b.fraction_bits &&
         a.encoding != AIR_ENCODING_PACKED_BITS && a.n_scales <= 1 && a.n_scales == b.n_scales &&
         std::equal(a.scales, a.scales + a.n_scales, b.scales) &&
         std::equal(a.zero_points, a.zero_points + a.n_scales, b.zero_points);
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
  if (!gives(reference, other) && !gives(other, reference)) {
    fail(AIR_ERROR_INVALID_INPUT,
         "the captures were recorded with different inputs: give the same files, or the same --seed and --range, or "
         "let one "
         "side be a capture and the other a descriptor");
  }
}

}  // namespace air
