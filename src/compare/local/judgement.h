// SPDX-License-Identifier: BSD-3-Clause
// Every node of one side judged by itself: against what the other side computes from the same inputs.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "compare/local/hypotheses.h"
#include "compare/local/local_error.h"
#include "compare/local/prepared_case.h"
#include "compare/local/recomputation.h"

namespace air::local {

struct Judgement {
  std::vector<std::optional<LocalError>> errors;  // one per tensor; nothing where the judge has no values
  std::vector<std::optional<Explanation>> explanations;
  const char *weights = "none";  // how those of the deployment are taken to be rounded; kUnknownWeights
};

// Both sides are quantized, each in its own way: their weights differ by what only the model before quantization tells, so that nothing is judged.
inline constexpr char kUnknownWeights[] = "unknown";  // told by its address

// The first samples with the data of all nodes of the judge, several where they are small.
HeldResult compute_samples(const Case &subject, const Judge &judge);

// Judges part after part of the samples: those that the side that is judged shows.
class PartsJudged {
 public:
  virtual ~PartsJudged() = default;

  // Nodes of the side that is judged whose values are read, ascending.
  virtual std::vector<uint32_t> nodes_read() const = 0;
  virtual void add() = 0;
  // Whether there is something to explain: the coarser ways to round and the faults are tried with the first part.
  virtual bool needs_first_part() const = 0;
  // The side shows the first part again where it is needed.
  virtual Judgement finish() = 0;
};

// `subject` and `judge` have to last.
std::unique_ptr<PartsJudged> begin_judging(const Case &subject, const Judge &judge, const air_connect_options *connect);

}  // namespace air::local
