// SPDX-License-Identifier: BSD-3-Clause
// What kind of operator a node is, as far as its description tells.
#pragma once

#include <string>
#include <string_view>

#include "airunner.h"

namespace air {

// The letters of the operator: "Conv2D (0x103)" and "CONV_2D (3)" are "convd".
std::string operator_letters(std::string_view operation);

// Whether these letters, in lower case, are part of it.
bool is_like(const air_node &node, std::string_view letters);

// Whether it cuts values and does nothing else, as Relu and Clip do.
bool is_activation(const air_node &node);

}  // namespace air
