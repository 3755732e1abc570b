// SPDX-License-Identifier: BSD-3-Clause
// Inputs in memory of the library.
#include "input_set.h"

#include <cmath>
#include <cstring>
#include <new>

#include "error.h"
#include "random.h"
#include "tensor.h"

namespace air {
namespace {

constexpr std::align_val_t kAlignment{64};

void check_n_samples(uint64_t n_samples) {
  if (n_samples == 0) fail(AIR_ERROR_INVALID_ARGUMENT, "n_samples is 0, expected at least 1");
}

bool is_drawn_as_real(const air_tensor &tensor, uint32_t io_mode) {
  const bool stands_for_reals =
      tensor.encoding == AIR_ENCODING_QUANTIZED || tensor.encoding == AIR_ENCODING_FIXED_POINT;
  return (io_mode & AIR_IO_QUANTIZE) != 0 && stands_for_reals && !scales_of(tensor).empty();
}

}  // namespace

void InputSet::Free::operator()(std::byte *memory) const noexcept {
  ::operator delete(memory, kAlignment);
}

InputSet::InputSet(const air_model &model, uint64_t n_samples, const std::vector<bool> &real) : air_input_set{} {
  for (uint32_t i = 0; i < model.n_inputs; ++i) {
    const Form form = real[i] ? float_form(*model.inputs[i]) : storage_form(*model.inputs[i]);
    const uint64_t size = checked_size(form.sample_bytes, n_samples);
    blocks_.emplace_back(static_cast<std::byte *>(::operator new(size, kAlignment)));
    std::memset(blocks_.back().get(), 0, size);
    data_.push_back(blocks_.back().get());
    shapes_.push_back(with_samples(form.shape, n_samples));
    inputs_.push_back(
        {data_.back(), size, shapes_.back().data(), static_cast<uint32_t>(shapes_.back().size()), form.dtype});
  }
  n = model.n_inputs;
  inputs = inputs_.data();
  data = data_.data();
}

std::unique_ptr<InputSet> make_inputs(const air_model &model, uint64_t n_samples) {
  check_n_samples(n_samples);
  return std::make_unique<InputSet>(model, n_samples, std::vector<bool>(model.n_inputs));
}

std::unique_ptr<InputSet> make_random_inputs(const air_model &model, uint64_t n_samples, const air_random &random) {
  check_n_samples(n_samples);
  if (random.reserved != 0) fail(AIR_ERROR_INVALID_ARGUMENT, "air_random.reserved is not 0");
  if ((random.io_mode & ~AIR_IO_QUANTIZE) != 0) {
    fail(AIR_ERROR_INVALID_ARGUMENT, "air_random.io_mode is {:#x}, expected 0 or AIR_IO_QUANTIZE", random.io_mode);
  }
  const bool finite = std::isfinite(random.low) && std::isfinite(random.high);
  if (random.has_range != 0 && !(finite && random.low <= random.high)) {
    fail(AIR_ERROR_INVALID_ARGUMENT, "range {}..{} is empty or without end", random.low, random.high);
  }
  std::vector<bool> real(model.n_inputs);
  for (uint32_t i = 0; i < model.n_inputs; ++i) real[i] = is_drawn_as_real(*model.inputs[i], random.io_mode);
  auto set = std::make_unique<InputSet>(model, n_samples, real);
  RandomInputs generator(random);
  for (uint32_t i = 0; i < model.n_inputs; ++i) {
    air_tensor tensor = *model.inputs[i];
    const uint64_t n_elements = real[i] ? checked_product(shape_of(tensor)) : tensor.n_elements;
    if (real[i]) tensor.dtype = AIR_DTYPE_FLOAT32;
    generator.fill(tensor, n_elements * n_samples, set->data[i]);
  }
  return set;
}

}  // namespace air
