// SPDX-License-Identifier: BSD-3-Clause
// Weights and biases of whole filters that are lost, negated, scaled, exchanged or made for another zero point.
#include <algorithm>
#include <cmath>
#include <limits>

#include "compare/local/candidates.h"

namespace air::local {
namespace {

constexpr double kEndless = std::numeric_limits<double>::infinity();
constexpr double kNear = 0.1;
constexpr double kFewestOfLine = 4;  // values, of which two numbers are fitted
constexpr size_t kMostSwapped = 64;

// actual = scale * x + offset, by least squares.
struct Line {
  double scale = 1, offset = 0;
};

class Fit {
 public:
  void add(double x, double y) {
    if (!std::isfinite(x) || !std::isfinite(y)) return;
    x_ += x, y_ += y, xx_ += x * x, xy_ += x * y;
    n_ += 1;
  }
  double n() const { return n_; }
  double scale() const { return xx_ > 0 ? xy_ / xx_ : 1; }
  double offset() const { return n_ > 0 ? (y_ - x_) / n_ : 0; }
  Line line() const {
    const double spread = n_ > 0 ? xx_ - x_ * x_ / n_ : 0;
    if (!(spread > 0)) return {1, offset()};
    const double scale = (xy_ - x_ * y_ / n_) / spread;
    return {scale, (y_ - scale * x_) / n_};
  }

 private:
  double n_ = 0, x_ = 0, y_ = 0, xx_ = 0, xy_ = 0;
};

// Of each channel, where no activation cut what was computed. `origin`: what the sum is more than a multiple of.
std::vector<Fit> fits(const Candidates &candidates, const Reals &origin) {
  const Suspect &suspect = candidates.suspect();
  std::vector<Fit> fits(suspect.channels.n);
  for (size_t i = 0; i < suspect.actual.size(); ++i) {
    const uint64_t c = suspect.channels.of(i);
    if (candidates.is_inside(suspect.actual[i]))
      fits[c].add(candidates.sum(i) - origin[c], suspect.actual[i] - origin[c]);
  }
  return fits;
}

bool all_near(const std::vector<double> &values, double wanted) {
  return std::ranges::all_of(values, [&](double value) { return std::fabs(value - wanted) <= kNear; });
}

const char *kind_of(const std::vector<double> &scales) {
  return all_near(scales, -1) ? "sign" : all_near(scales, 0) ? "filter lost" : "scale";
}

// With what is known of the bias; without it `origin` is 0, and the bias is scaled, too.
void try_scales(Candidates &candidates, const Reals &origin) {
  const Suspect &suspect = candidates.suspect();
  const auto channel = [&](size_t i) { return suspect.channels.of(i); };
  Fit common;
  for (size_t i = 0; i < suspect.actual.size(); ++i) {
    if (candidates.is_wrong(i) && candidates.is_inside(suspect.actual[i]))
      common.add(candidates.sum(i) - origin[channel(i)], suspect.actual[i] - origin[channel(i)]);
  }
  const auto scaled = [&](size_t i, double scale) {
    return origin[channel(i)] + scale * (candidates.sum(i) - origin[channel(i)]);
  };
  candidates.consider_all("scale", 1, [&](size_t i) { return scaled(i, common.scale()); });
  const std::vector<Fit> by_channel = fits(candidates, origin);
  std::vector<double> scales;
  for (const uint64_t c : candidates.wrong()) scales.push_back(by_channel[c].scale());
  candidates.consider_wrong(kind_of(scales), static_cast<int>(scales.size()),
                            [&](size_t i) { return scaled(i, by_channel[channel(i)].scale()); });
}

// Offsets that are no further apart are the same.
double step_of(const Candidates &candidates) {
  return std::max(candidates.suspect().expected.range.size, 1e-9);
}

void try_lines(Candidates &candidates) {
  const Suspect &suspect = candidates.suspect();
  const std::vector<Fit> by_channel = fits(candidates, Reals(suspect.channels.n));
  std::vector<double> offsets, scales;
  for (const uint64_t c : candidates.wrong()) {
    offsets.push_back(by_channel[c].offset());
    scales.push_back(by_channel[c].line().scale);
  }
  if (offsets.empty()) return;
  const auto [least, most] = std::ranges::minmax(offsets);
  const bool all = suspect.channels.n > 1 && 2 * offsets.size() > suspect.channels.n;
  const bool is_one = all && most - least <= step_of(candidates);
  const auto n = static_cast<int>(offsets.size());
  candidates.consider_wrong(is_one ? "zero point" : "bias lost", is_one ? 1 : n,
                            [&](size_t i) { return candidates.sum(i) + by_channel[suspect.channels.of(i)].offset(); });
  if (std::ranges::any_of(candidates.wrong(), [&](uint64_t c) { return by_channel[c].n() < kFewestOfLine; })) return;
  candidates.consider_wrong(kind_of(scales), 2 * n + 1, [&](size_t i) {
    const Line line = by_channel[suspect.channels.of(i)].line();
    return line.scale * candidates.sum(i) + line.offset;
  });
}

}  // namespace

void try_filters(Candidates &candidates) {
  if (candidates.wrong().empty()) return;
  if (candidates.response()) {
    const Response &response = *candidates.response();
    const auto gain = [&](size_t i) { return response.gain[i]; };
    const auto bias = [&](size_t i) { return response.bias[candidates.suspect().channels.of(i)]; };
    // The same in all channels it was no bias, but what a zero point added.
    const auto [least, most] = std::ranges::minmax(response.bias);
    const bool is_one = response.bias.size() > 1 && most - least <= step_of(candidates);
    const char *kind = is_one ? "zero point" : "bias lost";
    candidates.consider_all(kind, 0, gain);
    candidates.consider_wrong(kind, 1, gain);
    candidates.consider_wrong("sign", 0, [&](size_t i) { return bias(i) - gain(i); });
    candidates.consider_wrong("filter lost", 0, bias);
    try_scales(candidates, response.bias);
  }
  try_scales(candidates, Reals(candidates.suspect().channels.n));
  try_lines(candidates);
}

void try_swapped_channels(Candidates &candidates) {
  const Suspect &suspect = candidates.suspect();
  const std::vector<uint64_t> &wrong = candidates.wrong();
  if (wrong.size() < 2 || wrong.size() > kMostSwapped) return;
  const uint64_t inner = suspect.channels.inner;
  const uint64_t n = suspect.channels.n;
  Reals expected = suspect.exact;
  for (const uint64_t to : wrong) {
    double least = kEndless;
    uint64_t best = to;
    const auto source = [&](size_t i, uint64_t from) { return i + from * inner - to * inner; };
    for (const uint64_t from : wrong) {
      double error = 0;
      for (size_t i = 0; i < expected.size(); ++i) {
        if (i / inner % n != to) continue;
        const double difference = suspect.actual[i] - suspect.exact[source(i, from)];
        error += difference * difference;
      }
      if (error >= least) continue;
      least = error;
      best = from;
    }
    for (size_t i = 0; i < expected.size(); ++i) {
      if (i / inner % n == to) expected[i] = suspect.exact[source(i, best)];
    }
  }
  candidates.consider("channels swapped", 1, expected);
}

}  // namespace air::local
