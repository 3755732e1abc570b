// SPDX-License-Identifier: BSD-3-Clause
// The nodes that a session was prepared for, and the values of their outputs that an invoke gives.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "core/values/model.h"

namespace air {

class Given {
 public:
  // Throws AIR_ERROR_INVALID_ARGUMENT for nodes that there are not or twice, AIR_ERROR_UNSUPPORTED where no values can be given.
  static void check_nodes(const air_model &model, std::span<const uint32_t> nodes);
  // From now on these are given.
  void prepare(std::vector<uint32_t> nodes) noexcept { nodes_ = std::move(nodes); }

  // Takes what an invoke gives: each output of each node once, n_samples samples. Throws AIR_ERROR_INVALID_ARGUMENT or AIR_ERROR_INVALID_INPUT.
  void take(const air_model &model, std::span<const air_given> given, uint64_t n_samples);
  // One pointer per output, in the order of the nodes.
  const void *const *at(uint64_t sample) noexcept;

 private:
  struct Slot {
    uint32_t node;
    uint32_t output;
    uint64_t sample_bytes;
    const std::byte *data;
    bool is_given;
  };
  Slot &slot_of(const air_model &model, const air_given &value);
  void view_outputs(const air_model &model);

  std::vector<uint32_t> nodes_;
  std::vector<Slot> slots_;
  std::vector<const void *> pointers_;
};

}  // namespace air
