// SPDX-License-Identifier: BSD-3-Clause
// Inputs in memory of the backend, where it has some for them, else of the library.
#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include "airunner.h"
#include "core/run/session.h"

namespace air {

class Plugin;

class InputSet : public air_input_set {
 public:
  // Zero. `real[i]`: float32 of the logical shape instead of the storage type.
  InputSet(const Session &session, uint64_t n_samples, const std::vector<bool> &real);
  InputSet(const InputSet &) = delete;
  InputSet &operator=(const InputSet &) = delete;

 private:
  struct Free {
    std::shared_ptr<const Plugin> plugin;  // whose memory it is; NULL: of the library
    void operator()(std::byte *memory) const noexcept;
  };
  using Memory = std::unique_ptr<std::byte, Free>;

  static Memory make_memory(uint64_t size);
  // Of the backend; NULL where it has none for this input.
  static Memory make_memory(const Session &session, uint32_t input, uint64_t size);

  std::vector<Memory> blocks_;
  std::vector<std::vector<int64_t>> shapes_;
  std::vector<air_input> inputs_;
  std::vector<void *> data_;
};

std::unique_ptr<InputSet> make_inputs(const Session &session, uint64_t n_samples);
// Throws AIR_ERROR_INVALID_ARGUMENT for a range that holds nothing.
std::unique_ptr<InputSet> make_random_inputs(const Session &session, uint64_t n_samples, const air_random &random);

}  // namespace air
