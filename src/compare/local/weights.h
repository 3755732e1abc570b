// SPDX-License-Identifier: BSD-3-Clause
// The model of the judge once more, with its weights rounded.
#pragma once

#include <memory>

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
class RoundedModel {
 public:
  // Fails as air_connect() does.
  RoundedModel(const air_model &model, const Scheme &scheme, const Judge &judge, const air_connect_options *connect);

  const Judge &judge() const { return judge_; }

 private:
  HeldRunner runner_;
  Judge judge_;
};

}  // namespace air::local
