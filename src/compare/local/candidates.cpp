// SPDX-License-Identifier: BSD-3-Clause
// Faults that may explain the error of a node, and the one that does it best.
#include "compare/local/candidates.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

namespace air::local {
namespace {

constexpr double kUnknown = std::numeric_limits<double>::quiet_NaN();
constexpr double kEndless = std::numeric_limits<double>::infinity();
constexpr double kMuchBetter = 0.2;  // of the ratio before: enough where nothing explains all
constexpr double kClose = 1.5;       // times the best: no reason to take what is less simple
constexpr double kLeastKnown = 0.3;  // of the error, as mean squares: what says nothing of more explains nothing

// A value that many are equal to, and none below.
double floor_of(const Reals &values) {
  const double least = *std::ranges::min_element(values);
  return 20 * std::ranges::count(values, least) > std::ssize(values) ? least : -kEndless;
}

// Where the activation cuts.
double low_of(const Suspect &suspect, const std::optional<Response> &response) {
  if (response) return response->low;
  return floor_of(suspect.exact);
}

double high_of(const std::optional<Response> &response) {
  if (response) return response->high;
  return kEndless;
}

}  // namespace

Candidates::Candidates(const Suspect &suspect)
    : suspect_(suspect),
      response_(take_apart(suspect)),
      low_(low_of(suspect, response_)),
      high_(high_of(response_)),
      sums_(suspect.exact.size()),
      is_wrong_(suspect.channels.n) {
  for (size_t i = 0; i < sums_.size(); ++i) {
    if (response_ && std::isfinite(response_->gain[i]))
      sums_[i] = response_->bias[suspect.channels.of(i)] + response_->gain[i];
    else
      sums_[i] = is_inside(suspect.exact[i]) ? suspect.exact[i] : kUnknown;
  }
  const LocalError error = error_of(suspect.actual, suspect.exact);
  before_ = excess(error);
  wrong_ = error.wrong_channels();
  for (const uint64_t channel : wrong_) is_wrong_[channel] = true;
}

bool Candidates::is_inside(double value) const {
  const auto [step, low, high] = suspect_.expected.range;
  return std::isfinite(value) && value > std::max(low, low_) + step && value < std::min(high, high_) - step;
}

Reals Candidates::within_range(Reals values) const {
  const auto [step, low, high] = suspect_.expected.range;
  for (double &value : values) value = std::clamp(value, low, high);
  return values;
}

bool Candidates::has_end_at(double value) const {
  const double step = suspect_.expected.range.size;
  return std::fabs(low_ - value) <= step || std::fabs(high_ - value) <= step;
}

LocalError Candidates::error_of(const Reals &actual, const Reals &exact) const {
  LocalError error(suspect_.channels, suspect_.expected);
  Reals rounded;
  if (!suspect_.rounding.empty()) {
    rounded = exact;
    for (size_t i = 0; i < rounded.size(); ++i) rounded[i] += suspect_.rounding[i];
  }
  error.add({actual, exact, rounded});
  return error;
}

// Of the mean square of the error.
double Candidates::known_part(const Reals &expected) const {
  const auto [step, low, high] = suspect_.expected.range;
  double known = 0, all = 0;
  for (size_t i = 0; i < expected.size(); ++i) {
    const double error = std::clamp(suspect_.actual[i], low, high) - std::clamp(suspect_.exact[i], low, high);
    if (!std::isfinite(error)) continue;
    all += error * error;
    if (std::isfinite(expected[i])) known += error * error;
  }
  return all > 0 ? known / all : 1;
}

void Candidates::consider(const char *kind, int freedom, Reals actual, const Reals &expected) {
  for (size_t i = 0; i < actual.size(); ++i) {
    if (std::isnan(expected[i])) actual[i] = kUnknown;
  }
  const LocalError error = error_of(actual, expected);
  if (error.whole().n_values == 0 || known_part(expected) < kLeastKnown) return;
  const double left = excess(error);
  if (left <= 1 || left <= kMuchBetter * before_) candidates_.push_back({{kind, error.worst().ratio}, freedom, left});
}

void Candidates::consider(const char *kind, int freedom, const Reals &expected) {
  consider(kind, freedom, suspect_.actual, expected);
}

void Candidates::consider_wrong(const char *kind, int freedom, const Formula &sum) {
  Reals expected = suspect_.exact;
  for (size_t i = 0; i < expected.size(); ++i) {
    if (is_wrong(i)) expected[i] = cut(sum(i));
  }
  consider(kind, freedom, expected);
}

void Candidates::consider_all(const char *kind, int freedom, const Formula &sum) {
  Reals expected(suspect_.exact.size());
  for (size_t i = 0; i < expected.size(); ++i) expected[i] = cut(sum(i));
  // What the judge's type cannot hold says nothing against it.
  consider(kind, freedom, within_range(suspect_.actual), within_range(expected));
}

// Of those that leave no more than is explained the simplest; else of those that leave hardly more than the best one.
std::optional<Explanation> Candidates::best() const {
  if (candidates_.empty()) return {};
  const auto by_excess = [](const Candidate &a, const Candidate &b) { return a.excess < b.excess; };
  const double least = std::ranges::min_element(candidates_, by_excess)->excess;
  const auto rank = [&](const Candidate &candidate) {
    return std::pair(!(candidate.excess <= std::max(1.0, kClose * least)), candidate.freedom);
  };
  return std::ranges::min_element(candidates_, {}, rank)->explanation;
}

}  // namespace air::local
