// SPDX-License-Identifier: BSD-3-Clause
// The nodes of two sides paired and judged by one of them.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "compare/layouts.h"
#include "compare/local/hypotheses.h"
#include "compare/local/judgement.h"
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
  std::vector<Finding> findings;  // none, one or several for a pair
  const char *weights;            // how those of the deployment are taken to be rounded; static
};

// Pairs with the first part of the samples; judges part after part. The sides have to last.
class PairsJudged {
 public:
  // `matches`: by the values that both computed on their own. `layout`: where it is known.
  PairsJudged(const Side &reference, const Side &other, bool by_reference, std::vector<Match> matches,
              const Judge &judge, const air_connect_options *connect, std::optional<air_layout> layout);

  const std::vector<Match> &matches() const { return matches_; }
  const std::vector<PairedTensor> &pairs() const { return pairs_; }

  // Of the side that is judged, whose values add() and finish() read; ascending.
  std::vector<uint32_t> nodes_read() const { return judged_->nodes_read(); }
  // Gives back what the judge's session holds of former runs.
  void trim() { air_trim(judge_.session); }
  // The samples that the sides show.
  void add() { judged_->add(); }
  bool needs_first_part() const { return judged_->needs_first_part(); }
  // The sides show the first part again where it is needed.
  Verdict finish();

 private:
  void pair_again(const Side &reference, const Side &other, bool by_reference);

  Judge judge_;
  std::optional<air_layout> layout_;
  std::vector<Match> matches_;
  std::vector<PairedTensor> pairs_;
  std::vector<size_t> owners_;  // the pairs of what is judged
  std::optional<Case> case_;
  std::unique_ptr<PartsJudged> judged_;
};

}  // namespace air::local
