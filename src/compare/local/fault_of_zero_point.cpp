// SPDX-License-Identifier: BSD-3-Clause
// Inputs that are all larger by one number, as one side reads them that takes their zero point for another.
#include <algorithm>
#include <cmath>
#include <limits>

#include "compare/local/candidates.h"

namespace air::local {
namespace {

constexpr double kUnknown = std::numeric_limits<double>::quiet_NaN();

double median(Reals values) {
  if (values.empty()) return kUnknown;
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::ranges::nth_element(values, middle);
  return *middle;
}

// The same at each place, as where the biases were made for another zero point: padded values are raised with the others then.
Reals of_channels(const Reals &raise, const Channels &channels) {
  std::vector<Reals> known(channels.n);
  for (size_t i = 0; i < raise.size(); ++i) {
    if (std::isfinite(raise[i])) known[channels.of(i)].push_back(raise[i]);
  }
  Reals medians(channels.n);
  std::ranges::transform(known, medians.begin(), median);
  Reals result(raise.size());
  for (size_t i = 0; i < raise.size(); ++i) result[i] = medians[channels.of(i)];
  return result;
}

void try_raised(Candidates &candidates, const Reals &raise) {
  const Suspect &suspect = candidates.suspect();
  double product = 0;
  double square = 0;
  for (size_t i = 0; i < raise.size(); ++i) {
    const double error = suspect.actual[i] - candidates.sum(i);
    if (!candidates.is_inside(suspect.actual[i]) || !std::isfinite(error) || !std::isfinite(raise[i])) continue;
    product += raise[i] * error;
    square += raise[i] * raise[i];
  }
  if (square == 0) return;
  const double amount = product / square;
  candidates.consider_all("zero point", 1, [&](size_t i) { return candidates.sum(i) + amount * raise[i]; });
}

}  // namespace

void try_zero_point(Candidates &candidates) {
  const std::optional<Response> &response = candidates.response();
  if (!response || !response->raise) return;
  try_raised(candidates, *response->raise);
  try_raised(candidates, of_channels(*response->raise, candidates.suspect().channels));
}

}  // namespace air::local
