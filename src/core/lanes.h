// SPDX-License-Identifier: BSD-3-Clause
// The ways of tensors between the caller's memory and the backend: direct where possible, else through one sample of scratch.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "model.h"

namespace air {

// Whether this input is given as float32 and has to be converted.
bool converts_input(const air_tensor &tensor, const air_input &input, uint32_t io_mode) noexcept;

class Lane {
 public:
  enum class Kind {
    kDirect,     // the backend works in the caller's memory
    kFixed,      // input: scratch filled with the first element
    kConverted,  // from or to float32
    kDropped     // output: nobody wants it
  };

  // `caller` is where the first sample lies, and is written for outputs only; `one` stands there for all samples.
  Lane(const air_tensor &tensor, void *caller, Kind kind, bool fixed, bool one = false);

  Kind kind() const noexcept { return kind_; }
  // The caller's memory of one sample.
  std::byte *caller(uint64_t sample) const noexcept { return base_ + sample * stride_; }
  uint64_t caller_bytes() const noexcept { return caller_bytes_; }

  // Input: what the backend shall read.
  const void *load(uint64_t sample) { return kind_ == Kind::kDirect ? caller(sample) : fill_scratch(sample); }
  // Output: where the backend shall write, and afterwards the way from there to the caller.
  void *place(uint64_t sample) noexcept { return kind_ == Kind::kDirect ? caller(sample) : scratch_.data(); }
  void store(uint64_t sample) {
    if (kind_ == Kind::kConverted) convert_scratch(sample);
  }

 private:
  const void *fill_scratch(uint64_t sample);
  void convert_scratch(uint64_t sample);

  const air_tensor *tensor_;
  std::byte *base_;
  uint64_t caller_bytes_;  // of one sample
  uint64_t stride_;        // from one sample to the next
  Kind kind_;
  bool fixed_;
  std::vector<std::byte> scratch_;  // one sample as the backend stores it
  std::vector<float> values_;       // one sample as float32: the caller's memory may not be aligned
};

// All tensors of one invoke. Kept by the session, so that its memory serves every invoke.
class Lanes {
 public:
  // `outputs` may be empty: they are dropped. `one_output`: they have room for one sample, each in its turn.
  void prepare(const air_model &model, std::span<const air_input> inputs, std::span<const air_output> outputs,
               uint32_t mode, uint32_t io_mode, bool one_output);

  bool all_direct() const noexcept { return all_direct_; }
  // Points input_pointers() and output_pointers() to a sample.
  void load(uint64_t sample);
  void store(uint64_t sample);
  const void *const *input_pointers() const noexcept { return input_pointers_.data(); }
  void *const *output_pointers() const noexcept { return output_pointers_.data(); }
  // The caller's view of the outputs of one sample, for callbacks. None when outputs are dropped.
  std::span<const air_view> sample_outputs(uint64_t sample);

 private:
  std::vector<Lane> inputs_;
  std::vector<Lane> outputs_;
  std::vector<const void *> input_pointers_;
  std::vector<void *> output_pointers_;
  std::vector<air_view> sample_outputs_;
  bool all_direct_ = false;
};

}  // namespace air
