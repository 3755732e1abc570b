// SPDX-License-Identifier: BSD-3-Clause
// The model of the judge once more, with its weights rounded.
#pragma once

#include <memory>
#include <optional>

#include "airunner.h"
#include "compare/local/recomputation.h"

namespace air::local {

// A way to round weights, and what their operators read.
struct Scheme {
  const char *name;    // for people
  const char *option;  // of the runtimes
  Rounding rounding;
};

using HeldRunner = std::unique_ptr<air_runner, air_status (*)(air_runner *)>;

// A connection whose model has its weights rounded.
struct RoundedModel {
  HeldRunner runner;
  Judge judge;
};

// Nothing where the backend cannot round them, or has none to round: `refused` is then why. Throws where it was cancelled or ran out of time or memory.
std::optional<RoundedModel> round_weights(const air_model &model, const Scheme &scheme, const Judge &judge,
                                          const air_connect_options *connect, air_status &refused);

}  // namespace air::local
