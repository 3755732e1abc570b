// SPDX-License-Identifier: BSD-3-Clause
// An activation that one of two nodes lacks, or that is another one.
#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "compare/local/candidates.h"

namespace air::local {
namespace {

struct Ends {
  double low, high;
  double cut(double value) const { return std::clamp(value, low, high); }
};

constexpr std::array<Ends, 3> kActivations = {{{0, std::numeric_limits<double>::infinity()}, {0, 6}, {-1, 1}}};

// Where the sum is not known, what is left of the deployment's when it is cut, too, has to be what the judge has.
void try_lost(Candidates &candidates, const Ends &ends) {
  const Suspect &suspect = candidates.suspect();
  Reals actual = suspect.actual;
  Reals expected = suspect.exact;
  for (size_t i = 0; i < actual.size(); ++i) {
    if (std::isfinite(candidates.sum(i)))
      expected[i] = candidates.sum(i);
    else
      actual[i] = ends.cut(actual[i]);
  }
  candidates.consider("activation lost", 0, actual, expected);
}

// Negative values on a slope of their own.
void try_slope(Candidates &candidates) {
  const Suspect &suspect = candidates.suspect();
  double product = 0;
  double square = 0;
  for (size_t i = 0; i < suspect.exact.size(); ++i) {
    const double sum = candidates.sum(i);
    if (!(sum < 0)) continue;
    product += sum * suspect.actual[i];
    square += sum * sum;
  }
  if (square == 0) return;
  Reals sloped = suspect.exact;
  for (size_t i = 0; i < sloped.size(); ++i) {
    const double sum = candidates.sum(i);
    if (sum < 0) sloped[i] = sum * product / square;
  }
  candidates.consider("activation differs", 2, sloped);
}

}  // namespace

void try_activations(Candidates &candidates) {
  const Suspect &suspect = candidates.suspect();
  for (const auto &[alteration, values] : suspect.altered) {  // of what comes before
    if (alteration.change == Change::kCut) candidates.consider("activation added", 1, values);
    if (alteration.change == Change::kBypassed) candidates.consider("activation lost", 1, values);
  }
  const bool has_one = candidates.has_end_at(0) || candidates.has_end_at(-1);
  for (const Ends &ends : kActivations) {
    if (candidates.has_end_at(ends.low)) try_lost(candidates, ends);
    Reals expected = suspect.exact;
    for (size_t i = 0; i < expected.size(); ++i)
      expected[i] = ends.cut(std::isfinite(candidates.sum(i)) ? candidates.sum(i) : expected[i]);
    candidates.consider(has_one ? "activation differs" : "activation added", 0, expected);
  }
  try_slope(candidates);
}

}  // namespace air::local
