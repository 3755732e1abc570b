// SPDX-License-Identifier: BSD-3-Clause
// The known faults, tried on the nodes that are wrong.
#pragma once

#include <optional>
#include <vector>

#include "compare/local/hypotheses.h"
#include "compare/local/prepared_case.h"
#include "compare/local/weights.h"

namespace air::local {

// The judge as it is, and once more with its weights rounded as those of the deployment.
struct Judges {
  const Judge &exact;
  const RoundedModel *rounded;  // none where they are not
  Rounding rounding;            // of what the operators of `rounded` read
};

// For each of the tensors `wrong`. Runs a few of the samples that the sides show.
std::vector<std::optional<Explanation>> explain(const PreparedCase &subject, const std::vector<size_t> &wrong,
                                                const Judges &judges, int n_estimated);

}  // namespace air::local
