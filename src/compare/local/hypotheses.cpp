// SPDX-License-Identifier: BSD-3-Clause
// Which fault explains the error of a node best. The kinds are told in docs/compare.md.
#include "compare/local/hypotheses.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "common/tensor_facts.h"
#include "compare/operators.h"

namespace air::local {
namespace {

constexpr double kUnknown = std::numeric_limits<double>::quiet_NaN();
constexpr double kMuchBetter = 0.2;  // of the ratio before: enough where nothing explains all
constexpr size_t kMostSwapped = 64;
constexpr uint64_t kMostValues = 4096;  // of a channel, to look for one weight

// actual = scale * exact + offset
struct Line {
  double scale = 1, offset = 0;
  uint64_t n = 0;
};

class Explaining {
 public:
  explicit Explaining(const Suspect &suspect) : suspect_(suspect), floor_(floor_of(suspect.exact)) {
    const LocalError error = error_of(suspect.actual, suspect.exact);
    before_ = excess(error);
    wrong_ = error.wrong_channels();
  }

  std::optional<Explanation> best();

 private:
  LocalError error_of(const Reals &actual, const Reals &exact) const;
  void consider(const char *kind, const Reals &actual, const Reals &expected);
  void consider(const char *kind, const Reals &expected) { consider(kind, suspect_.actual, expected); }
  static double floor_of(const Reals &values);
  bool is_inside(double value) const { return value > floor_ + suspect_.expected.range.size; }

  void try_activations();
  void try_lines();
  void try_swapped_channels();
  Reals inside(const Reals &values, const Reals &otherwise, uint64_t border) const;
  void try_geometry();
  void try_raised_inputs();
  void try_connections();
  void try_one_weight();
  Line fit(uint64_t channel, bool with_scale) const;
  void consider_lines(const char *kind, const std::vector<Line> &lines);

  const Suspect &suspect_;
  double floor_;  // that an activation leaves no values below; -infinity for none
  double before_ = 0;
  std::vector<uint64_t> wrong_;  // channels
  std::optional<Explanation> best_;
  double best_excess_ = 0;
};

LocalError Explaining::error_of(const Reals &actual, const Reals &exact) const {
  LocalError error(suspect_.channels, suspect_.expected);
  Reals rounded;
  if (!suspect_.rounding.empty()) {
    rounded = exact;
    for (size_t i = 0; i < rounded.size(); ++i) rounded[i] += suspect_.rounding[i];
  }
  error.add({actual, exact, rounded});
  return error;
}

void Explaining::consider(const char *kind, const Reals &actual, const Reals &expected) {
  const LocalError error = error_of(actual, expected);
  if (error.whole().n_values == 0) return;
  const double left = excess(error);
  const bool explains = left <= 1 || left <= kMuchBetter * before_;
  // Of those that explain all the first is the simplest.
  if (!explains || (best_ && (best_excess_ <= 1 || left >= best_excess_))) return;
  best_ = Explanation{kind, error.worst().ratio};
  best_excess_ = left;
}

// A value that many are equal to, and none below.
double Explaining::floor_of(const Reals &values) {
  const double least = *std::ranges::min_element(values);
  const auto n = std::ranges::count_if(values, [&](double value) { return value == least; });
  return 20 * n > std::ssize(values) ? least : -std::numeric_limits<double>::infinity();
}

void Explaining::try_activations() {
  const auto cut = [](Reals values, double low, double high) {
    for (double &value : values) value = std::clamp(value, low, high);
    return values;
  };
  constexpr std::array<std::pair<double, double>, 3> ends = {
      {{0, std::numeric_limits<double>::infinity()}, {0, 6}, {-1, 1}}};
  for (const auto &[low, high] : ends) {
    consider(std::isfinite(floor_) ? "activation differs" : "activation added", cut(suspect_.exact, low, high));
    consider("activation lost", cut(suspect_.actual, low, high), suspect_.exact);
  }
  // Negative values on a slope of their own.
  double product = 0;
  double square = 0;
  for (size_t i = 0; i < suspect_.exact.size(); ++i) {
    if (!(suspect_.exact[i] < 0)) continue;
    product += suspect_.exact[i] * suspect_.actual[i];
    square += suspect_.exact[i] * suspect_.exact[i];
  }
  if (square == 0) return;
  Reals sloped = suspect_.exact;
  for (double &value : sloped) value = value < 0 ? value * product / square : value;
  consider("activation differs", sloped);
}

// By least squares, of values that no activation cut on either side.
Line Explaining::fit(uint64_t channel, bool with_scale) const {
  double x = 0, y = 0, xx = 0, xy = 0;
  uint64_t n = 0;
  for (size_t i = 0; i < suspect_.exact.size(); ++i) {
    if (suspect_.channels.of(i) != channel) continue;
    const double exact = suspect_.exact[i];
    const double actual = suspect_.actual[i];
    if (!is_inside(exact) || !is_inside(actual) || !std::isfinite(exact) || !std::isfinite(actual)) continue;
    x += exact, y += actual, xx += exact * exact, xy += exact * actual;
    ++n;
  }
  if (n < 2) return {1, 0, n};
  const auto count = static_cast<double>(n);
  const double spread = xx - x * x / count;
  const double scale = with_scale && spread > 0 ? (xy - x * y / count) / spread : 1;
  return {scale, (y - scale * x) / count, n};
}

// What an activation cut from the judge's values is not known, and left out.
void Explaining::consider_lines(const char *kind, const std::vector<Line> &lines) {
  Reals expected = suspect_.exact;
  Reals actual = suspect_.actual;
  for (size_t i = 0; i < expected.size(); ++i) {
    const Line &line = lines[suspect_.channels.of(i)];
    if (is_inside(expected[i]) || (line.scale == 1 && line.offset == 0))
      expected[i] = std::max(floor_, line.scale * expected[i] + line.offset);
    else
      expected[i] = actual[i] = kUnknown;
  }
  consider(kind, actual, expected);
}

std::optional<Explanation> Explaining::best() {
  if (suspect_.actual.empty()) return {};
  try_activations();
  try_raised_inputs();
  try_lines();
  try_swapped_channels();
  try_geometry();
  try_connections();
  if (!best_ || best_excess_ > 1) try_one_weight();
  return best_;
}

bool near(double value, double wanted, double tolerance) {
  return std::fabs(value - wanted) <= tolerance;
}

void Explaining::try_lines() {
  if (wrong_.empty()) return;
  std::vector<Line> offsets(suspect_.channels.n);
  std::vector<Line> lines(suspect_.channels.n);
  double least_offset = std::numeric_limits<double>::infinity();
  double largest_offset = -least_offset;
  for (const uint64_t c : wrong_) {
    offsets[c] = fit(c, false);
    lines[c] = fit(c, true);
    least_offset = std::min(least_offset, offsets[c].offset);
    largest_offset = std::max(largest_offset, offsets[c].offset);
  }
  const bool few = std::ranges::any_of(wrong_, [&](uint64_t c) { return lines[c].n < 3; });
  const double step = std::max(suspect_.expected.range.size, 1e-9);
  const bool all = 2 * wrong_.size() > suspect_.channels.n;
  const bool one_offset = all && suspect_.channels.n > 1 && largest_offset - least_offset <= step;
  consider_lines(one_offset ? "zero point" : "bias lost", offsets);
  if (few) return;
  const auto all_scales = [&](double wanted) {
    return std::ranges::all_of(wrong_, [&](uint64_t c) { return near(lines[c].scale, wanted, 0.1); });
  };
  const char *kind = all_scales(-1) ? "sign" : all_scales(0) ? "filter lost" : "scale";
  consider_lines(kind, lines);
}

void Explaining::try_swapped_channels() {
  if (wrong_.size() < 2 || wrong_.size() > kMostSwapped) return;
  const uint64_t inner = suspect_.channels.inner;
  const uint64_t n = suspect_.channels.n;
  Reals expected = suspect_.exact;
  for (const uint64_t to : wrong_) {
    double least = std::numeric_limits<double>::infinity();
    uint64_t best = to;
    const auto source = [&](size_t i, uint64_t from) { return i + from * inner - to * inner; };
    for (const uint64_t from : wrong_) {
      double error = 0;
      for (size_t i = 0; i < expected.size(); ++i) {
        if (i / inner % n != to) continue;
        const double difference = suspect_.actual[i] - suspect_.exact[source(i, from)];
        error += difference * difference;
      }
      if (error >= least) continue;
      least = error;
      best = from;
    }
    for (size_t i = 0; i < expected.size(); ++i) {
      if (i / inner % n == to) expected[i] = suspect_.exact[source(i, best)];
    }
  }
  consider("channels swapped", expected);
}

// Without a border of so many rows and columns.
Reals Explaining::inside(const Reals &values, const Reals &otherwise, uint64_t border) const {
  const Picture &picture = *suspect_.picture;
  Reals result = values;
  for (uint64_t sample = 0; sample < suspect_.n_samples; ++sample) {
    for (uint64_t y = 0; y < picture.height; ++y) {
      for (uint64_t x = 0; x < picture.width; ++x) {
        const bool is_inside = y >= border && x >= border && y + border < picture.height && x + border < picture.width;
        for (uint64_t c = 0; c < picture.channels && !is_inside; ++c) {
          const size_t i = sample * picture.size() + picture.at(y, x, c);
          result[i] = otherwise[i];
        }
      }
    }
  }
  return result;
}

void Explaining::try_geometry() {
  for (const auto &[alteration, values] : suspect_.altered) {
    switch (alteration.change) {
      case Change::kTransposed:
        consider("kernel transposed", values);
        break;
      case Change::kFlipped:
        consider("kernel flipped", values);
        break;
      case Change::kChannelsReversed:
        consider("input channels reversed", values);
        break;
      case Change::kShifted:  // what comes in at the border is not known
        if (suspect_.picture) consider("padding", inside(suspect_.actual, values, 1), values);
        break;
      default:
        break;
    }
  }
  if (!suspect_.picture) return;
  for (uint64_t border = 1; border <= 2; ++border) {  // right inside of it
    if (4 * border >= std::min(suspect_.picture->height, suspect_.picture->width)) break;
    consider("padding", inside(suspect_.actual, suspect_.exact, border), suspect_.exact);
  }
}

// A zero point of the inputs that is off raises all of them by the same number.
void Explaining::try_raised_inputs() {
  for (const auto &altered : suspect_.altered) {
    if (altered.first.change != Change::kRaised) continue;
    const Reals &values = altered.second;
    double product = 0;
    double square = 0;
    const auto is_known = [&](size_t i) {
      return is_inside(suspect_.exact[i]) && is_inside(suspect_.actual[i]) && is_inside(values[i]);
    };
    for (size_t i = 0; i < values.size(); ++i) {
      if (!is_known(i)) continue;
      const double slope = values[i] - suspect_.exact[i];
      product += slope * (suspect_.actual[i] - suspect_.exact[i]);
      square += slope * slope;
    }
    if (square == 0) continue;
    Reals expected = suspect_.exact;
    Reals actual = suspect_.actual;
    for (size_t i = 0; i < expected.size(); ++i) {
      if (is_known(i))
        expected[i] += product / square * (values[i] - suspect_.exact[i]);
      else
        expected[i] = actual[i] = kUnknown;
    }
    consider("zero point", actual, expected);
  }
}

// Of an addition: another tensor in the place of one operand, or none.
void Explaining::try_connections() {
  if (!is_like(suspect_.node, "add") || suspect_.inputs.size() != 2) return;
  const auto sum = [&](const Reals &a, const Reals *b, double sign) {
    Reals values = a;
    for (size_t i = 0; i < values.size(); ++i)
      values[i] = std::max(floor_, values[i] + (b == nullptr ? 0 : sign * (*b)[i]));
    return values;
  };
  for (const size_t kept : {size_t{0}, size_t{1}}) {
    const Reals &a = suspect_.inputs[kept].values;
    const Reals &b = suspect_.inputs[1 - kept].values;
    if (a.size() != suspect_.actual.size() || b.size() != suspect_.actual.size()) return;
    consider("skip connection", sum(a, nullptr, 0));
    consider("skip connection", sum(a, &b, -1));
    for (const Reals &other : suspect_.others) consider("skip connection", sum(a, &other, 1));
  }
}

// The error of a channel is one input, at one place beside the output, times a number.
void Explaining::try_one_weight() {
  if (wrong_.size() != 1 || suspect_.inputs.size() != 1) return;
  const std::optional<Picture> &in = suspect_.inputs.front().picture;
  const Reals &input = suspect_.inputs.front().values;
  const std::optional<Picture> &out = suspect_.picture;
  if (!out || !in || out->height == 0 || in->height < out->height) return;
  const uint64_t stride = std::max<uint64_t>(1, (in->height + out->height / 2) / out->height);
  constexpr int64_t reach = 4;
  const uint64_t n_places = suspect_.n_samples * out->height * out->width;
  const uint64_t skip = n_places / kMostValues + 1;
  double least = std::numeric_limits<double>::infinity();
  Reals best;
  for (uint64_t channel = 0; channel < in->channels; ++channel) {
    for (int64_t dy = -reach; dy <= reach; ++dy) {
      for (int64_t dx = -reach; dx <= reach; ++dx) {
        const auto value_at = [&](uint64_t place) {
          const auto y = static_cast<int64_t>(place / out->width % out->height * stride) + dy;
          const auto x = static_cast<int64_t>(place % out->width * stride) + dx;
          const bool is_there =
              y >= 0 && x >= 0 && y < static_cast<int64_t>(in->height) && x < static_cast<int64_t>(in->width);
          if (!is_there) return 0.0;
          return input[place / (out->height * out->width) * in->size() +
                       in->at(static_cast<uint64_t>(y), static_cast<uint64_t>(x), channel)];
        };
        const auto index_of = [&](uint64_t place) {
          return place / (out->height * out->width) * out->size() +
                 out->at(place / out->width % out->height, place % out->width, wrong_.front());
        };
        double xx = 0, xe = 0, ee = 0;
        for (uint64_t place = 0; place < n_places; place += skip) {
          const size_t i = index_of(place);
          if (!is_inside(suspect_.exact[i]) || !is_inside(suspect_.actual[i])) continue;
          const double value = value_at(place);
          const double error = suspect_.actual[i] - suspect_.exact[i];
          xx += value * value, xe += value * error, ee += error * error;
        }
        if (xx == 0 || ee - xe * xe / xx >= least) continue;
        least = ee - xe * xe / xx;
        best = suspect_.exact;
        for (uint64_t place = 0; place < n_places; ++place) {
          const size_t i = index_of(place);
          best[i] = std::max(floor_, best[i] + xe / xx * value_at(place));
          if (!is_inside(suspect_.exact[i])) best[i] = suspect_.actual[i];
        }
      }
    }
  }
  if (!best.empty()) consider("weight", best);
}

}  // namespace

std::optional<Explanation> explain(const Suspect &suspect) {
  return Explaining(suspect).best();
}

}  // namespace air::local
