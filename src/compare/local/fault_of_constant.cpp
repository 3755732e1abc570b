// SPDX-License-Identifier: BSD-3-Clause
// Weights and biases that are nodes of their own, as those that are brought back from a quantized type: the values tell what is wrong with them.
#include <cmath>

#include "compare/local/candidates.h"

namespace air::local {
namespace {

constexpr double kNear = 0.1;

// Filters lie along the first axis or the last one.
struct Filters {
  size_t n, inner;
  size_t of(size_t i) const { return i / inner % n; }
};

// A factor for each filter.
void try_factors(Candidates &candidates, const Filters &filters) {
  const Suspect &suspect = candidates.suspect();
  Reals xy(filters.n), xx(filters.n), ee(filters.n);
  for (size_t i = 0; i < suspect.exact.size(); ++i) {
    const double x = suspect.exact[i], y = suspect.actual[i];
    xy[filters.of(i)] += x * y, xx[filters.of(i)] += x * x, ee[filters.of(i)] += (x - y) * (x - y);
  }
  int n_wrong = 0;
  bool negated = true, lost = true;
  Reals factors(filters.n, 1);
  for (size_t f = 0; f < filters.n; ++f) {
    if (ee[f] == 0 || xx[f] == 0) continue;
    factors[f] = xy[f] / xx[f];
    negated = negated && std::fabs(factors[f] + 1) < kNear;
    lost = lost && std::fabs(factors[f]) < kNear;
    ++n_wrong;
  }
  Reals expected = suspect.exact;
  for (size_t i = 0; i < expected.size(); ++i) expected[i] *= factors[filters.of(i)];
  const bool is_bias = suspect.shape.size() == 1;
  candidates.consider(negated ? "sign" : !lost ? "scale" : is_bias ? "bias lost" : "filter lost", n_wrong, expected);
}

void try_exchanged(Candidates &candidates, const Filters &filters) {
  const Suspect &suspect = candidates.suspect();
  std::vector<size_t> wrong;
  std::vector<bool> seen(filters.n);
  for (size_t i = 0; i < suspect.exact.size(); ++i) {
    const size_t f = filters.of(i);
    if (suspect.exact[i] == suspect.actual[i] || seen[f]) continue;
    seen[f] = true;
    wrong.push_back(f);
  }
  if (wrong.size() != 2) return;
  Reals expected = suspect.exact;
  for (size_t i = 0; i < expected.size(); ++i) {
    const size_t f = filters.of(i);
    if (seen[f]) expected[i] = suspect.exact[i - f * filters.inner + (wrong[0] + wrong[1] - f) * filters.inner];
  }
  candidates.consider("channels swapped", 1, expected);
}

void try_transposed(Candidates &candidates) {
  const Suspect &suspect = candidates.suspect();
  const std::vector<int64_t> &shape = suspect.shape;
  if (shape.size() != 4 || shape[2] != shape[3]) return;
  const auto n = static_cast<size_t>(shape[3]);
  Reals expected = suspect.exact;
  for (size_t i = 0; i < expected.size(); ++i) expected[i] = suspect.exact[i - i % (n * n) + i % n * n + i / n % n];
  candidates.consider("kernel transposed", 0, expected);
}

}  // namespace

void try_constant(Candidates &candidates) {
  const Suspect &suspect = candidates.suspect();
  size_t size = 1;
  for (const int64_t dimension : suspect.shape) size *= static_cast<size_t>(dimension);
  if (suspect.shape.empty() || size * suspect.n_samples != suspect.exact.size()) return;
  size_t n_different = 0;
  for (size_t i = 0; i < size; ++i) n_different += suspect.exact[i] != suspect.actual[i];
  if (n_different == 1 && suspect.shape.size() > 1) candidates.consider("weight", 0, suspect.actual);
  try_transposed(candidates);
  const auto first = static_cast<size_t>(suspect.shape.front()), last = static_cast<size_t>(suspect.shape.back());
  for (const Filters &filters : {Filters{first, size / first}, Filters{last, 1}}) {
    try_factors(candidates, filters);
    try_exchanged(candidates, filters);
  }
}

}  // namespace air::local
