// SPDX-License-Identifier: BSD-3-Clause
// How tensors get from memory of the caller to the backend and back: direct where possible, else through one sample of scratch.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "core/values/model.h"
#include "core/values/result.h"

namespace air {

// Whether this input is given as float32 and has to be converted.
bool converts_input(const air_tensor &tensor, const air_input &input, uint32_t io_mode) noexcept;

class InputTransfer {
 public:
  enum class Kind {
    kDirect,    // the backend reads the caller's memory
    kFixed,     // scratch filled with the first element
    kConverted  // from float32
  };

  // `fixed`: all elements are the first one.
  void prepare(const air_tensor &tensor, const void *caller, Kind kind, bool fixed);

  bool is_direct() const noexcept { return kind_ == Kind::kDirect; }
  // What the backend shall read.
  const void *load(uint64_t sample) { return is_direct() ? caller(sample) : fill_scratch(sample); }

 private:
  const std::byte *caller(uint64_t sample) const noexcept { return base_ + sample * stride_; }
  const void *fill_scratch(uint64_t sample);

  const air_tensor *tensor_ = nullptr;
  const std::byte *base_ = nullptr;
  uint64_t stride_ = 0;  // bytes of one sample of the caller
  Kind kind_ = Kind::kDirect;
  bool fixed_ = false;
  std::vector<std::byte> scratch_;  // one sample as the backend stores it
  std::vector<float> values_;       // one sample as float32: the caller's memory may not be aligned
};

class OutputTransfer {
 public:
  // `wanted` NULL: nobody wants it. `one`: it has room for one sample, each in its turn.
  void prepare(const air_tensor &tensor, Samples *wanted, bool converted, bool one);

  bool is_direct() const noexcept { return wanted_ != nullptr && !converted_ && !is_open_; }
  // Where the backend shall write; NULL where it has to open() it first.
  void *place(uint64_t sample) noexcept {
    is_placed_ = !is_open_;
    return is_direct() ? wanted_->at(slot(sample)) : is_open_ ? nullptr : scratch_.data();
  }
  // Memory for an open one, whose dimensions are these.
  void *open(uint64_t sample, const int64_t *shape);
  // The way from there to the caller. False where the backend has not opened it.
  bool store(uint64_t sample);
  air_view view(uint64_t sample) const noexcept { return wanted_->one(slot(sample)); }

 private:
  uint64_t slot(uint64_t sample) const noexcept { return one_ ? 0 : sample; }

  const air_tensor *tensor_ = nullptr;
  Samples *wanted_ = nullptr;
  bool converted_ = false;
  bool one_ = false;
  bool is_open_ = false;
  bool is_placed_ = false;       // this sample
  std::vector<int64_t> shape_;   // of this sample of an open one
  std::byte *target_ = nullptr;  // where it is wanted as float32
  std::vector<std::byte> scratch_;
  std::vector<float> values_;
};

// All tensors of one invoke. Kept by the session, so that its memory serves every invoke.
class Transfers {
 public:
  // `outputs` NULL: they are dropped. `one_output`: they have room for one sample, each in its turn.
  void prepare(const air_model &model, std::span<const air_input> inputs, std::vector<Samples> *outputs, uint32_t mode,
               uint32_t io_mode, bool one_output);

  bool all_direct() const noexcept { return all_direct_; }
  // Points input_pointers() and output_pointers() to a sample.
  void load(uint64_t sample);
  // Memory for an open output of the sample that was loaded. Throws AIR_ERROR_INTERNAL where it cannot be.
  void *open(uint32_t output, const int64_t *shape);
  // Throws AIR_ERROR_INTERNAL where an open output is wanted and was not opened.
  void store();
  const void *const *input_pointers() const noexcept { return input_pointers_.data(); }
  void *const *output_pointers() const noexcept { return output_pointers_.data(); }
  // The caller's view of the outputs of the sample, for callbacks. None when outputs are dropped.
  std::span<const air_view> sample_outputs();

 private:
  std::vector<InputTransfer> inputs_;
  std::vector<OutputTransfer> outputs_;
  std::vector<const void *> input_pointers_;
  std::vector<void *> output_pointers_;
  std::vector<air_view> sample_outputs_;
  uint64_t sample_ = 0;
  bool all_direct_ = false;
  bool is_wanted_ = false;
};

}  // namespace air
