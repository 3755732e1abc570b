// SPDX-License-Identifier: BSD-3-Clause
// What makes integers of an input within a network.
#pragma once

#include "airunner.h"

namespace air {

// The node that quantizes a floating-point input, in steps that steps_of() tells; between them only nodes that move values. NULL: none does.
const air_node *quantizer_of_input(const air_model &model, const air_tensor &input);

}  // namespace air
