// SPDX-License-Identifier: BSD-3-Clause
// Which fault explains the error of a node best: each is tried on what the judge computed.
#pragma once

#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "compare/local/local_error.h"
#include "compare/local/picture.h"

namespace air::local {

// What is known of a node with an error of its own, in the judge's order, sample after sample.
struct Suspect {
  Channels channels;
  Expected expected;
  std::optional<Picture> picture;
  std::vector<int64_t> shape;  // of a sample
  uint64_t n_samples;
  Reals actual, exact;
  Reals rounding;  // what rounded weights add to `exact`; may be none
  struct Input {
    std::optional<Picture> picture;
    Reals values;
  };
  std::vector<Input> inputs;
  std::vector<Reals> others;  // what else was computed, of that size, before the node
  // What the judge makes of altered inputs, brought back.
  std::vector<std::pair<Alteration, Reals>> altered;
};

struct Explanation {
  const char *kind;  // static
  double ratio;      // of the worst channel, to what is predicted, when the fault is taken into account
};

// What is done to the inputs of the judge, so that their results can be told from one another. Those without a picture come first.
std::span<const Alteration> alterations();
bool needs_picture(const Alteration &alteration);

// Nothing where none explains the error.
std::optional<Explanation> explain(const Suspect &suspect);

}  // namespace air::local
