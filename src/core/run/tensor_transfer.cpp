// SPDX-License-Identifier: BSD-3-Clause
// How tensors get from memory of the caller to the backend and back: direct where possible, else through one sample of scratch.
#include "core/run/tensor_transfer.h"

#include <algorithm>
#include <cstring>

#include "common/memory_size.h"
#include "core/error.h"
#include "core/values/convert.h"
#include "core/values/tensor.h"

namespace air {

bool converts_input(const air_tensor &tensor, const air_input &input, uint32_t io_mode) noexcept {
  if ((io_mode & AIR_IO_QUANTIZE) == 0 || input.dtype != AIR_DTYPE_FLOAT32) return false;
  return tensor.dtype != AIR_DTYPE_FLOAT32 || tensor.encoding != AIR_ENCODING_PLAIN;
}

namespace {

void fill_with_first(const air_tensor &tensor, const std::byte *sample, std::span<std::byte> filled) {
  if (filled.empty()) return;
  const size_t bits = air_dtype_bits(tensor.dtype);
  if (bits >= 8) {
    for (size_t at = 0; at < filled.size(); at += bits / 8) std::memcpy(&filled[at], sample, bits / 8);
    return;
  }
  const std::byte first = *sample & std::byte{15};
  std::ranges::fill(filled, first | first << 4);
  if (tensor.n_elements % 2 != 0) filled.back() = first;
}

}  // namespace

void InputTransfer::prepare(const air_tensor &tensor, const void *caller, Kind kind, bool fixed) {
  tensor_ = &tensor;
  base_ = static_cast<const std::byte *>(caller);
  stride_ = kind == Kind::kConverted ? float_form(tensor).sample_bytes : tensor.size_bytes;
  kind_ = kind;
  fixed_ = fixed;
  if (kind != Kind::kDirect) scratch_.resize(memory_size(tensor.size_bytes));
  if (kind == Kind::kConverted) values_.resize(memory_size(stride_ / sizeof(float)));
}

const void *InputTransfer::fill_scratch(uint64_t sample) {
  if (kind_ == Kind::kFixed) {
    fill_with_first(*tensor_, caller(sample), scratch_);
    return scratch_.data();
  }
  if (values_.empty()) return scratch_.data();
  std::memcpy(values_.data(), caller(sample), stride_);
  if (fixed_) std::fill(values_.begin(), values_.end(), values_.front());
  quantize_sample(*tensor_, values_.data(), scratch_.data());
  return scratch_.data();
}

void OutputTransfer::prepare(const air_tensor &tensor, Samples *wanted, bool converted, bool one) {
  tensor_ = &tensor;
  wanted_ = wanted;
  converted_ = converted;
  one_ = one;
  is_open_ = air::is_open(tensor);
  is_placed_ = false;
  if (is_direct() || is_open_) return;
  scratch_.resize(memory_size(tensor.size_bytes));
  if (converted) values_.resize(memory_size(float_form(tensor).sample_bytes / sizeof(float)));
}

void *OutputTransfer::open(uint64_t sample, const int64_t *shape) {
  if (!is_open_) fail(AIR_ERROR_INTERNAL, "output '{}' has no open dimension: its memory is in outputs", tensor_->name);
  if (is_placed_) fail(AIR_ERROR_INTERNAL, "memory for output '{}' is asked for twice in a run", tensor_->name);
  const air_tensor closed = closed_tensor(*tensor_, shape);
  is_placed_ = true;
  shape_.assign(shape, shape + tensor_->rank);
  const uint64_t size = converted_ ? float_form(closed).sample_bytes : closed.size_bytes;
  if (wanted_ != nullptr) target_ = wanted_->add(slot(sample), shape_, size);
  if (wanted_ != nullptr && !converted_) return target_;
  scratch_.resize(memory_size(std::max<uint64_t>(closed.size_bytes, 1)));
  values_.resize(converted_ ? memory_size(size / sizeof(float)) : 0);
  return scratch_.data();
}

bool OutputTransfer::store(uint64_t sample) {
  if (wanted_ == nullptr) return true;
  if (!is_placed_) return false;
  if (!converted_ || values_.empty()) return true;
  dequantize_sample(is_open_ ? closed_tensor(*tensor_, shape_.data()) : *tensor_, scratch_.data(), values_.data());
  std::memcpy(is_open_ ? target_ : wanted_->at(slot(sample)), values_.data(), values_.size() * sizeof(float));
  return true;
}

void Transfers::prepare(const air_model &model, std::span<const air_input> inputs, std::vector<Samples> *outputs,
                        uint32_t mode, uint32_t io_mode, bool one_output) {
  const bool fixed = (mode & AIR_MODE_FIXED_INPUT) != 0;
  inputs_.resize(model.n_inputs);
  outputs_.resize(model.n_outputs);
  for (uint32_t i = 0; i < model.n_inputs; ++i) {
    const bool converted = converts_input(*model.inputs[i], inputs[i], io_mode);
    const InputTransfer::Kind plain = fixed ? InputTransfer::Kind::kFixed : InputTransfer::Kind::kDirect;
    inputs_[i].prepare(*model.inputs[i], inputs[i].data, converted ? InputTransfer::Kind::kConverted : plain, fixed);
  }
  const bool dequantized = outputs != nullptr && (io_mode & AIR_IO_DEQUANTIZE) != 0;
  for (uint32_t i = 0; i < model.n_outputs; ++i) {
    outputs_[i].prepare(*model.outputs[i], outputs == nullptr ? nullptr : &(*outputs)[i], dequantized, one_output);
  }
  const auto is_direct = [](const auto &transfer) { return transfer.is_direct(); };
  all_direct_ = !one_output && std::ranges::all_of(inputs_, is_direct) && std::ranges::all_of(outputs_, is_direct);
  input_pointers_.resize(inputs_.size());
  output_pointers_.resize(outputs_.size());
  is_wanted_ = outputs != nullptr;
}

void Transfers::load(uint64_t sample) {
  sample_ = sample;
  for (size_t i = 0; i < inputs_.size(); ++i) input_pointers_[i] = inputs_[i].load(sample);
  for (size_t i = 0; i < outputs_.size(); ++i) output_pointers_[i] = outputs_[i].place(sample);
}

void *Transfers::open(uint32_t output, const int64_t *shape) {
  if (output >= outputs_.size()) {
    fail(AIR_ERROR_INTERNAL, "memory for output {} is asked for: there are {}", output, outputs_.size());
  }
  return outputs_[output].open(sample_, shape);
}

void Transfers::store() {
  for (size_t i = 0; i < outputs_.size(); ++i) {
    if (!outputs_[i].store(sample_)) {
      fail(AIR_ERROR_INTERNAL, "no memory was asked for output {}, whose shape is open", i);
    }
  }
}

std::span<const air_view> Transfers::sample_outputs() {
  sample_outputs_.clear();
  for (const OutputTransfer &output : outputs_) {
    if (is_wanted_) sample_outputs_.push_back(output.view(sample_));
  }
  return sample_outputs_;
}

}  // namespace air
