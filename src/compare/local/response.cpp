// SPDX-License-Identifier: BSD-3-Clause
// A node taken apart: what it adds, what it makes of its inputs, and where its activation cuts the sum.
#include "compare/local/response.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace air::local {
namespace {

constexpr double kUnknown = std::numeric_limits<double>::quiet_NaN();
constexpr double kEndless = std::numeric_limits<double>::infinity();
constexpr double kOften = 0.02;      // of the values: equal by more than chance
constexpr double kTolerance = 0.02;  // of what is expected, where inputs are rounded
constexpr double kStepsOfRounding = 3;

// What the node makes of its inputs times `factor`.
struct Run {
  double factor;
  const Reals *values;
};

class Taking {
 public:
  explicit Taking(const Suspect &suspect) : suspect_(suspect), step_(suspect.expected.range.size) {
    runs_.push_back({1, &suspect.exact});
    for (const auto &[alteration, values] : suspect.altered) {
      if (alteration.change == Change::kScaled) runs_.push_back({static_cast<double>(alteration.amount), &values});
    }
  }

  std::optional<Response> response();

 private:
  void find_ends();
  void find_bias(const std::vector<const Run *> &runs);
  double gain_from(const Run &run, size_t i) const;
  bool follows(const Run &run) const;
  void complete_gain(const std::vector<const Run *> &runs);
  void find_raise();
  bool is_inside(double value) const {
    return std::isfinite(value) && value > result_.low + step_ && value < result_.high - step_;
  }
  double bias_of(size_t i) const { return result_.bias[suspect_.channels.of(i)]; }
  size_t size() const { return suspect_.exact.size(); }

  const Suspect &suspect_;
  double step_;
  std::vector<Run> runs_;  // the first as it is
  Response result_{};
};

// Values that many are equal to, and none beyond. Inputs that are multiplied take more there.
void Taking::find_ends() {
  double low = kEndless;
  double high = -kEndless;
  for (const Run &run : runs_) {
    low = std::min(low, *std::ranges::min_element(*run.values));
    high = std::max(high, *std::ranges::max_element(*run.values));
  }
  std::ptrdiff_t n_low = 0, n_high = 0;
  for (const Run &run : runs_) {
    n_low += std::ranges::count(*run.values, low);
    n_high += std::ranges::count(*run.values, high);
  }
  const double often = std::max(2.0, kOften * static_cast<double>(runs_.size() * size()));
  result_.low = -kEndless;
  if (static_cast<double>(n_low) > often) result_.low = low;
  result_.high = kEndless;
  if (static_cast<double>(n_high) > often) result_.high = high;
}

double median(Reals &values) {
  if (values.empty()) return kUnknown;
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::ranges::nth_element(values, middle);
  return *middle;
}

// The value for inputs of 0, on the line through two others: of channels that have none yet, from runs that are to be trusted.
void Taking::find_bias(const std::vector<const Run *> &runs) {
  std::vector<Reals> found(suspect_.channels.n);
  for (const Run *a : runs) {
    for (const Run *b : runs) {
      // What has an end of its own at 0 is no line.
      if (!(a->factor < b->factor) || a->factor * b->factor < 0) continue;
      for (size_t i = 0; i < size(); ++i) {
        const double value_a = (*a->values)[i], value_b = (*b->values)[i];
        if (is_inside(value_a) && is_inside(value_b))
          found[suspect_.channels.of(i)].push_back((b->factor * value_a - a->factor * value_b) /
                                                   (b->factor - a->factor));
      }
    }
  }
  for (uint64_t c = 0; c < suspect_.channels.n; ++c) {
    if (!std::isfinite(result_.bias[c])) result_.bias[c] = median(found[c]);
  }
}

// Whether those that both know are the same.
bool agree(const Reals &a, const Reals &b) {
  double difference_2 = 0, sum_2 = 0;
  for (size_t i = 0; i < a.size(); ++i) {
    if (!std::isfinite(a[i]) || !std::isfinite(b[i])) continue;
    difference_2 += (a[i] - b[i]) * (a[i] - b[i]);
    sum_2 += a[i] * a[i] + b[i] * b[i];
  }
  return difference_2 <= kTolerance * kTolerance * sum_2;
}

double Taking::gain_from(const Run &run, size_t i) const {
  const double value = (*run.values)[i];
  return run.factor != 0 && is_inside(value) ? (value - bias_of(i)) / run.factor : kUnknown;
}

// Whether it is what the gains that are known make expected.
bool Taking::follows(const Run &run) const {
  double error_2 = 0, expected_2 = 0;
  uint64_t n = 0;
  for (size_t i = 0; i < size(); ++i) {
    const double sum = bias_of(i) + run.factor * result_.gain[i];
    if (!std::isfinite(sum)) continue;
    const double expected = result_.cut(sum);
    const double error = (*run.values)[i] - expected;
    error_2 += error * error, expected_2 += expected * expected;
    ++n;
  }
  const double rounding = kStepsOfRounding * step_;
  return error_2 <= kTolerance * kTolerance * expected_2 + static_cast<double>(n) * rounding * rounding;
}

// What the activation cut is told by inputs that it does not.
void Taking::complete_gain(const std::vector<const Run *> &runs) {
  result_.gain.resize(size(), kUnknown);
  for (size_t i = 0; i < size(); ++i) {
    for (const Run *run : runs) {
      if (!std::isfinite(result_.gain[i])) result_.gain[i] = gain_from(*run, i);
    }
  }
}

void Taking::find_raise() {
  for (const auto &[alteration, values] : suspect_.altered) {
    if (alteration.change != Change::kRaised) continue;
    const auto amount = static_cast<double>(alteration.amount);
    Reals raise(size(), kUnknown);
    for (size_t i = 0; i < size(); ++i) {
      if (is_inside(values[i])) raise[i] = (values[i] - bias_of(i) - result_.gain[i]) / amount;
    }
    if (!result_.raise) {
      result_.raise = std::move(raise);
    } else if (agree(*result_.raise, raise)) {
      for (size_t i = 0; i < size(); ++i) {
        if (!std::isfinite((*result_.raise)[i])) (*result_.raise)[i] = raise[i];
      }
    }
  }
}

// Inputs of a quantized type are not multiplied beyond its ends: those runs are not trusted, others have to be.
std::optional<Response> Taking::response() {
  find_ends();
  result_.bias.resize(suspect_.channels.n, kUnknown);
  std::vector<const Run *> trusted, others;
  for (const Run &run : runs_) (run.factor >= 0 && run.factor <= 1 ? trusted : others).push_back(&run);
  if (trusted.size() < 2) return {};
  find_bias(trusted);
  complete_gain({&runs_.front()});
  if (!std::ranges::all_of(trusted, [this](const Run *run) { return follows(*run); })) return {};
  for (const Run *run : others) {
    if (follows(*run)) trusted.push_back(run);
  }
  find_bias(trusted);
  complete_gain(trusted);
  // What no factor brings beyond the end of the activation has next to no gain.
  if (trusted.size() == runs_.size()) {
    for (double &gain : result_.gain) gain = std::isfinite(gain) ? gain : 0;
  }
  find_raise();
  return result_;
}

}  // namespace

std::optional<Response> take_apart(const Suspect &suspect) {
  return Taking(suspect).response();
}

}  // namespace air::local
