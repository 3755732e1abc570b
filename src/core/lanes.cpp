// SPDX-License-Identifier: BSD-3-Clause
// The ways of tensors between the caller's memory and the backend: direct where possible, else through one sample of scratch.
#include "lanes.h"

#include <algorithm>
#include <cstring>

#include "convert.h"
#include "tensor.h"

namespace air {

bool converts_input(const air_tensor_info &info, const air_buffer &buffer, uint32_t io_mode) noexcept {
  if ((io_mode & AIR_IO_QUANTIZE) == 0 || buffer.dtype != AIR_DTYPE_FLOAT32) return false;
  return info.dtype != AIR_DTYPE_FLOAT32 || info.encoding != AIR_ENCODING_PLAIN;
}

Lane::Lane(const air_tensor_info &info, const air_buffer *caller, Kind kind, bool fixed)
    : info_(&info),
      base_(caller == nullptr ? nullptr : static_cast<std::byte *>(caller->data)),
      caller_bytes_(kind == Kind::kConverted ? float_form(info).sample_bytes : info.size_bytes),
      kind_(kind),
      fixed_(fixed) {
  if (kind == Kind::kDirect) return;
  scratch_.resize(info.size_bytes);
  if (kind == Kind::kConverted) values_.resize(caller_bytes_ / sizeof(float));
}

const void *Lane::fill_scratch(uint64_t sample) {
  if (kind_ == Kind::kFixed) {
    const uint32_t size = air_dtype_size(info_->dtype);
    for (size_t at = 0; at < scratch_.size(); at += size) std::memcpy(scratch_.data() + at, caller(sample), size);
    return scratch_.data();
  }
  if (values_.empty()) return scratch_.data();
  std::memcpy(values_.data(), caller(sample), caller_bytes_);
  if (fixed_) std::fill(values_.begin(), values_.end(), values_.front());
  quantize_sample(*info_, values_.data(), scratch_.data());
  return scratch_.data();
}

void Lane::convert_scratch(uint64_t sample) {
  if (values_.empty()) return;
  dequantize_sample(*info_, scratch_.data(), values_.data());
  std::memcpy(caller(sample), values_.data(), caller_bytes_);
}

void Lanes::prepare(const air_model_info &model, std::span<const air_buffer> inputs,
                    std::span<const air_buffer> outputs, uint32_t mode, uint32_t io_mode) {
  const bool fixed = (mode & AIR_MODE_FIXED_INPUT) != 0;
  inputs_.clear();
  outputs_.clear();
  for (uint32_t i = 0; i < model.n_inputs; ++i) {
    const bool converted = converts_input(*model.inputs[i], inputs[i], io_mode);
    const Lane::Kind plain = fixed ? Lane::Kind::kFixed : Lane::Kind::kDirect;
    inputs_.emplace_back(*model.inputs[i], &inputs[i], converted ? Lane::Kind::kConverted : plain, fixed);
  }
  const bool dequantized = (io_mode & AIR_IO_DEQUANTIZE) != 0;
  for (uint32_t i = 0; i < model.n_outputs; ++i) {
    const Lane::Kind kind = outputs.empty() ? Lane::Kind::kDropped
                            : dequantized   ? Lane::Kind::kConverted
                                            : Lane::Kind::kDirect;
    outputs_.emplace_back(*model.outputs[i], outputs.empty() ? nullptr : &outputs[i], kind, false);
  }
  const auto direct = [](const Lane &lane) { return lane.kind() == Lane::Kind::kDirect; };
  all_direct_ =
      std::all_of(inputs_.begin(), inputs_.end(), direct) && std::all_of(outputs_.begin(), outputs_.end(), direct);
  input_pointers_.resize(inputs_.size());
  output_pointers_.resize(outputs_.size());
  sample_outputs_.clear();
  for (size_t i = 0; i < outputs.size(); ++i) {
    const air_tensor_info &info = *model.outputs[i];
    sample_outputs_.push_back({nullptr, outputs_[i].caller_bytes(), dequantized ? info.shape : info.storage_shape,
                               info.rank, dequantized ? AIR_DTYPE_FLOAT32 : info.dtype});
  }
}

void Lanes::load(uint64_t sample) {
  for (size_t i = 0; i < inputs_.size(); ++i) input_pointers_[i] = inputs_[i].load(sample);
  for (size_t i = 0; i < outputs_.size(); ++i) output_pointers_[i] = outputs_[i].place(sample);
}

void Lanes::store(uint64_t sample) {
  for (Lane &lane : outputs_) lane.store(sample);
}

std::span<const air_buffer> Lanes::sample_outputs(uint64_t sample) {
  for (size_t i = 0; i < sample_outputs_.size(); ++i) {
    sample_outputs_[i].data = outputs_[i].caller(sample);
  }
  return sample_outputs_;
}

}  // namespace air
