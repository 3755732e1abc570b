// SPDX-License-Identifier: BSD-3-Clause
// The error that one node makes of its own. The rule and its constants are documented in docs/compare.md.
#include "compare/local/local_error.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace air::local {
namespace {

constexpr double kThreshold = 3.5;  // healthy networks stay below 3.2
// One chance in a million that as many values of random signs have a larger mean square: 4.75 sigma.
constexpr double kSigmas = 4.75;
// The rounding of few weights may by chance be small in one channel.
constexpr double kLeastShareOfLayer = 0.25;
// Inputs that were not calibrated with take a healthy layer of few values to 12 % and more.
constexpr double kSaturated = 0.2;
constexpr uint64_t kFewestSaturated = 256;

// Of the values that are numbers.
double finite_excess(const LocalError &error) {
  const LocalError::Ratio worst = error.worst();
  return std::max(
      {worst.ratio / threshold_for(worst.n_values, error.n_channels()), error.cut() / kMostClipped, error.largest()});
}

}  // namespace

double lower_median(std::vector<double> &values) {
  if (values.empty()) return 0;
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>((values.size() - 1) / 2);
  std::ranges::nth_element(values, middle);
  return *middle;
}

double threshold_for(uint64_t n_values, uint64_t n_channels) {
  if (n_values == 0) return std::numeric_limits<double>::infinity();
  const double part = 2 / (9 * static_cast<double>(n_values));
  // As rare for the worst of all channels.
  const double sigmas = kSigmas + std::log(static_cast<double>(n_channels)) / kSigmas;
  // Quantile of chi-square / n (Wilson and Hilferty 1931).
  const double quantile = std::pow(1 - part + sigmas * std::sqrt(part), 3);
  return std::max(kThreshold, 2 * std::sqrt(quantile));
}

LocalError::LocalError(Channels channels, const Expected &expected)
    : channels_(channels), expected_(expected), sums_(channels.n) {}

// The other side of a value that was cut is at the end, so that one of the two counts.
void LocalError::count_clipped(double value) {
  const auto [step, low, high] = expected_.range;
  const bool below = value < low - step;
  if (below || value > high + step) ++n_clipped_;
  if (below && std::fabs(low) <= step) ++n_cut_;
}

void LocalError::Sums::add(const Sums &more) {
  n += more.n;
  error_2 += more.error_2;
  rounding_2 += more.rounding_2;
  rest_2 += more.rest_2;
  exact_2 += more.exact_2;
}

void LocalError::add(double actual, double exact, double rounded, Sums &sums) {
  if (!std::isfinite(actual) || !std::isfinite(exact) || !std::isfinite(rounded)) {
    if (std::isfinite(actual) != std::isfinite(exact)) ++n_not_finite_;
    return;
  }
  const auto [step, low, high] = expected_.range;
  const double possible = std::clamp(exact, low, high);
  const double error = std::clamp(actual, low, high) - possible;
  if (expected_.most > 0) largest_ = std::max(largest_, std::fabs(error) / expected_.most);
  const double rounding = std::clamp(rounded, low, high) - possible;
  count_clipped(exact);
  count_clipped(actual);
  ++sums.n;
  sums.error_2 += error * error;
  sums.rounding_2 += rounding * rounding;
  sums.rest_2 += (error - rounding) * (error - rounding);
  sums.exact_2 += possible * possible;
}

// Channel after channel, each summed for itself first.
void LocalError::add(const Triple &values) {
  const std::span<const double> rounded = values.rounded.empty() ? values.exact : values.rounded;
  const size_t n = values.actual.size(), inner = static_cast<size_t>(channels_.inner);
  for (size_t first = 0, channel = 0; first < n; first += inner) {
    Sums sums;
    for (size_t i = first; i < std::min(n, first + inner); ++i)
      add(values.actual[i], values.exact[i], rounded[i], sums);
    sums_[channel].add(sums);
    all_.add(sums);
    channel = channel + 1 == channels_.n ? 0 : channel + 1;
  }
}

// Without that of weights that somebody could round.
double LocalError::noise_2(const Sums &sums) const {
  const double exact_2 =
      std::max(sums.exact_2 / static_cast<double>(sums.n), all_.exact_2 / static_cast<double>(all_.n));
  const double relative_2 = expected_.relative * expected_.relative + expected_.weights * expected_.weights;
  return expected_.steps_2 + relative_2 * exact_2;
}

double LocalError::predicted_2(const Sums &sums) const {
  const double of_layer = all_.exact_2 > 0 ? all_.rounding_2 / all_.exact_2 * sums.exact_2 : 0;
  return noise_2(sums) + std::max(sums.rounding_2, kLeastShareOfLayer * of_layer) / static_cast<double>(sums.n);
}

bool LocalError::rest_is_noise(const Sums &sums) const {
  if (sums.n == 0) return true;
  const double limit = threshold_for(sums.n, channels_.n);
  return sums.rest_2 / static_cast<double>(sums.n) <= limit * limit * noise_2(sums);
}

bool LocalError::leaves_noise() const {
  return n_not_finite_ == 0 && cut() <= kMostClipped &&
         std::ranges::all_of(sums_, [this](const Sums &sums) { return rest_is_noise(sums); });
}

double LocalError::typical_ratio() const {
  std::vector<double> ratios;
  for (const Sums &sums : sums_) {
    if (sums.n > 0)
      ratios.push_back(std::sqrt(sums.error_2 / (static_cast<double>(sums.n) * noise_2(sums) + sums.rounding_2)));
  }
  return lower_median(ratios);
}

// Against what is predicted; what rounded weights make the very error of, by the rest.
LocalError::Ratio LocalError::ratio_of(const Sums &sums) const {
  if (sums.n == 0) return {};
  const auto n = static_cast<double>(sums.n);
  const bool by_rest = sums.error_2 > n * predicted_2(sums) && rest_is_noise(sums);
  const double rmse = std::sqrt((by_rest ? sums.rest_2 : sums.error_2) / n);
  const double predicted = std::sqrt(by_rest ? noise_2(sums) : predicted_2(sums));
  const double ratio = rmse == 0 ? 0 : predicted > 0 ? rmse / predicted : std::numeric_limits<double>::infinity();
  return {ratio, rmse, predicted, sums.n, 0};
}

LocalError::Ratio LocalError::worst() const {
  Ratio worst;
  double most = -1;  // relative to its threshold
  for (size_t channel = 0; channel < sums_.size(); ++channel) {
    Ratio ratio = ratio_of(sums_[channel]);
    const double excess = ratio.ratio / threshold_for(ratio.n_values, channels_.n);
    if (excess <= most) continue;
    most = excess;
    worst = ratio;
    worst.channel = channel;
  }
  return worst;
}

std::vector<uint64_t> LocalError::wrong_channels() const {
  std::vector<uint64_t> wrong;
  for (uint64_t channel = 0; channel < sums_.size(); ++channel) {
    const Ratio ratio = ratio_of(sums_[channel]);
    if (ratio.ratio > threshold_for(ratio.n_values, channels_.n)) wrong.push_back(channel);
  }
  return wrong;
}

LocalError::Ratio LocalError::whole() const {
  return ratio_of(all_);
}

double LocalError::cut() const {
  return all_.n == 0 ? 0 : static_cast<double>(n_cut_) / static_cast<double>(all_.n);
}

bool LocalError::is_equal() const {
  return all_.error_2 == 0 && n_not_finite_ == 0 && n_clipped_ == 0;
}

bool LocalError::is_quantized() const {
  return expected_.steps_2 > 0 || expected_.weights > 0 || all_.rounding_2 > 0;
}

double LocalError::clipped() const {
  return all_.n == 0 ? 0 : static_cast<double>(n_clipped_) / static_cast<double>(all_.n);
}

double excess(const LocalError &error) {
  return error.n_not_finite() > 0 ? std::numeric_limits<double>::infinity() : finite_excess(error);
}

bool is_saturated(const LocalError &error) {
  return error.clipped() > kSaturated && error.whole().n_values >= kFewestSaturated;
}

air_verdict verdict_of(const LocalError &error) {
  if (excess(error) > 1) return AIR_VERDICT_OWN_ERROR;
  if (error.is_equal()) return AIR_VERDICT_EQUAL;
  return error.is_quantized() ? AIR_VERDICT_QUANTIZATION : AIR_VERDICT_ROUNDING;
}

air_local_error describe(const LocalError &error) {
  const LocalError::Ratio worst = error.worst();
  return {.ratio = worst.ratio,
          .whole_ratio = error.whole().ratio,
          .threshold = threshold_for(worst.n_values, error.n_channels()),
          .rmse = worst.rmse,
          .predicted = worst.predicted,
          .n_values = worst.n_values,
          .clipped = error.clipped(),
          .n_not_finite = error.n_not_finite(),
          .channel = static_cast<uint32_t>(worst.channel),
          .n_channels = static_cast<uint32_t>(error.n_channels()),
          .suggestion = nullptr,
          .suggestion_ratio = std::numeric_limits<double>::quiet_NaN()};
}

}  // namespace air::local
