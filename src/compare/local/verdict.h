// SPDX-License-Identifier: BSD-3-Clause
// The nodes of two sides paired and judged by one of them.
#pragma once

#include <optional>
#include <vector>

#include "compare/layouts.h"
#include "compare/local/hypotheses.h"
#include "compare/local/local_error.h"
#include "compare/local/recomputation.h"

namespace air::local {

// What the judge says of one of the pairs of tensors.
struct Finding {
  size_t pair;
  LocalError error;
  std::optional<Explanation> explanation;
};

struct Verdict {
  std::vector<Match> matches;
  std::vector<PairedTensor> pairs;
  std::vector<Finding> findings;  // none, one or several for a pair
  const char *weights;            // how those of the deployment are taken to be rounded; static
};

// `matches`: by the values that both computed on their own. `layout`: where it is known.
Verdict judge(const Side &reference, const Side &other, bool by_reference, std::vector<Match> matches,
              const Judge &judge, const air_connect_options *connect, std::optional<air_layout> layout);

}  // namespace air::local
