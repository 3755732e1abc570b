// SPDX-License-Identifier: BSD-3-Clause
// A node taken apart: what it adds, what it makes of its inputs, and where its activation cuts the sum.
#pragma once

#include <algorithm>
#include <optional>

#include "compare/local/hypotheses.h"

namespace air::local {

// Of a node that multiplies and adds, as those with weights do. Values that cannot be told are not a number.
struct Response {
  Reals gain;                  // what it makes of its inputs, without its bias
  Reals bias;                  // by channel
  std::optional<Reals> raise;  // what inputs add that are larger by one number, the same for all
  double low, high;            // of the activation; infinite where it has no end
  double cut(double value) const { return std::clamp(value, low, high); }
};

// From what the judge makes of inputs that are multiplied. Nothing where it does something else than to multiply and add.
std::optional<Response> take_apart(const Suspect &suspect);

}  // namespace air::local
