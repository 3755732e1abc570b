// SPDX-License-Identifier: BSD-3-Clause
// Inputs in memory of the library.
#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include "airunner.h"

namespace air {

class InputSet : public air_input_set {
 public:
  // Zero. `real[i]`: float32 of the logical shape instead of the storage type.
  InputSet(const air_model &model, uint64_t n_samples, const std::vector<bool> &real);
  InputSet(const InputSet &) = delete;
  InputSet &operator=(const InputSet &) = delete;

 private:
  struct Free {
    void operator()(std::byte *memory) const noexcept;
  };
  std::vector<std::unique_ptr<std::byte, Free>> blocks_;
  std::vector<std::vector<int64_t>> shapes_;
  std::vector<air_input> inputs_;
  std::vector<void *> data_;
};

std::unique_ptr<InputSet> make_inputs(const air_model &model, uint64_t n_samples);
// Throws AIR_ERROR_INVALID_ARGUMENT for a range that holds nothing.
std::unique_ptr<InputSet> make_random_inputs(const air_model &model, uint64_t n_samples, const air_random &random);

}  // namespace air
