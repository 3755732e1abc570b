// SPDX-License-Identifier: BSD-3-Clause
// The ways of tensors between the caller's memory and the backend: direct where possible, else through one sample of scratch.
#include "lanes.h"

#include <algorithm>
#include <cstring>

#include "convert.h"
#include "tensor.h"

namespace air {

bool converts_input(const air_tensor &tensor, const air_input &input, uint32_t io_mode) noexcept {
  if ((io_mode & AIR_IO_QUANTIZE) == 0 || input.dtype != AIR_DTYPE_FLOAT32) return false;
  return tensor.dtype != AIR_DTYPE_FLOAT32 || tensor.encoding != AIR_ENCODING_PLAIN;
}

Lane::Lane(const air_tensor &tensor, void *caller, Kind kind, bool fixed, bool one)
    : tensor_(&tensor),
      base_(static_cast<std::byte *>(caller)),
      caller_bytes_(kind == Kind::kConverted ? float_form(tensor).sample_bytes : tensor.size_bytes),
      stride_(one ? 0 : caller_bytes_),
      kind_(kind),
      fixed_(fixed) {
  if (kind == Kind::kDirect) return;
  scratch_.resize(tensor.size_bytes);
  if (kind == Kind::kConverted) values_.resize(caller_bytes_ / sizeof(float));
}

const void *Lane::fill_scratch(uint64_t sample) {
  if (kind_ == Kind::kFixed) {
    // Elements of less than a byte come in whole bytes.
    const size_t size = std::max(air_dtype_bits(tensor_->dtype) / 8, 1u);
    for (size_t at = 0; at < scratch_.size(); at += size) std::memcpy(scratch_.data() + at, caller(sample), size);
    return scratch_.data();
  }
  if (values_.empty()) return scratch_.data();
  std::memcpy(values_.data(), caller(sample), caller_bytes_);
  if (fixed_) std::fill(values_.begin(), values_.end(), values_.front());
  quantize_sample(*tensor_, values_.data(), scratch_.data());
  return scratch_.data();
}

void Lane::convert_scratch(uint64_t sample) {
  if (values_.empty()) return;
  dequantize_sample(*tensor_, scratch_.data(), values_.data());
  std::memcpy(caller(sample), values_.data(), caller_bytes_);
}

void Lanes::prepare(const air_model &model, std::span<const air_input> inputs, std::span<const air_output> outputs,
                    uint32_t mode, uint32_t io_mode, bool one_output) {
  const bool fixed = (mode & AIR_MODE_FIXED_INPUT) != 0;
  inputs_.clear();
  outputs_.clear();
  for (uint32_t i = 0; i < model.n_inputs; ++i) {
    const bool converted = converts_input(*model.inputs[i], inputs[i], io_mode);
    const Lane::Kind plain = fixed ? Lane::Kind::kFixed : Lane::Kind::kDirect;
    inputs_.emplace_back(*model.inputs[i], const_cast<void *>(inputs[i].data),
                         converted ? Lane::Kind::kConverted : plain, fixed);
  }
  const bool dequantized = (io_mode & AIR_IO_DEQUANTIZE) != 0;
  for (uint32_t i = 0; i < model.n_outputs; ++i) {
    const Lane::Kind kind = outputs.empty() ? Lane::Kind::kDropped
                            : dequantized   ? Lane::Kind::kConverted
                                            : Lane::Kind::kDirect;
    outputs_.emplace_back(*model.outputs[i], outputs.empty() ? nullptr : outputs[i].data, kind, false, one_output);
  }
  const auto direct = [](const Lane &lane) { return lane.kind() == Lane::Kind::kDirect; };
  all_direct_ = !one_output && std::all_of(inputs_.begin(), inputs_.end(), direct) &&
                std::all_of(outputs_.begin(), outputs_.end(), direct);
  input_pointers_.resize(inputs_.size());
  output_pointers_.resize(outputs_.size());
  sample_outputs_.clear();
  for (size_t i = 0; i < outputs.size(); ++i) {
    const air_tensor &tensor = *model.outputs[i];
    sample_outputs_.push_back({nullptr, outputs_[i].caller_bytes(), dequantized ? tensor.shape : tensor.storage_shape,
                               tensor.rank, dequantized ? AIR_DTYPE_FLOAT32 : tensor.dtype});
  }
}

void Lanes::load(uint64_t sample) {
  for (size_t i = 0; i < inputs_.size(); ++i) input_pointers_[i] = inputs_[i].load(sample);
  for (size_t i = 0; i < outputs_.size(); ++i) output_pointers_[i] = outputs_[i].place(sample);
}

void Lanes::store(uint64_t sample) {
  for (Lane &lane : outputs_) lane.store(sample);
}

std::span<const air_view> Lanes::sample_outputs(uint64_t sample) {
  for (size_t i = 0; i < sample_outputs_.size(); ++i) {
    sample_outputs_[i].data = outputs_[i].caller(sample);
  }
  return sample_outputs_;
}

}  // namespace air
