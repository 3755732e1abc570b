// SPDX-License-Identifier: BSD-3-Clause
// Which values of a tensor belong to one channel.
#pragma once

#include "airunner.h"

namespace air::local {

// Value i of a sample is of channel i / inner % n.
struct Channels {
  uint64_t n = 1;
  uint64_t inner = 1;

  uint64_t of(uint64_t value) const { return value / inner % n; }
};

// As the tensor declares them, else as the runtime and the operator have them.
Channels channels_of(const air_model &model, const air_node &node, const air_tensor &tensor);

}  // namespace air::local
