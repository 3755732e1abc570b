// SPDX-License-Identifier: BSD-3-Clause
// Names of the builtin operators of TensorFlow Lite, by number.
#pragma once

#include <cstdint>

namespace air::wire {

// "CONV_2D"; NULL for a number without a name.
const char *tflm_operator_name(uint32_t id);

}  // namespace air::wire
