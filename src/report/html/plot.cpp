// SPDX-License-Identifier: BSD-3-Clause
// Plots of an HTML page as inline SVG.
#include "report/html/plot.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

namespace air::report {
namespace {

// The whole picture and the frame of the data within, in units of the SVG.
constexpr double kWidth = 420, kHeight = 250, kLeft = 58, kRight = 408, kTop = 34, kBottom = 206;
constexpr double kLabelRow = 13;
constexpr double kRadius = 3.2;
// Beyond these, differences and powers of doubles end.
constexpr double kLargest = 1e150, kSmallest = 1e-150;
constexpr size_t kMostTicks = 12;

std::string fill_class(int colour) {
  return fmt::format("f{}", colour % kColours);
}

Html title(const std::string &text) {
  return text.empty() ? Html() : bare_element("title", text);
}

Html vertical(double x, double top, double bottom, const char *css_class) {
  return element(
      "line",
      {{"class", css_class}, {"x1", decimal(x)}, {"x2", decimal(x)}, {"y1", decimal(top)}, {"y2", decimal(bottom)}});
}

Html horizontal(double y, const char *css_class) {
  return element(
      "line",
      {{"class", css_class}, {"x1", decimal(kLeft)}, {"x2", decimal(kRight)}, {"y1", decimal(y)}, {"y2", decimal(y)}});
}

Html label(double x, double y, const char *anchor, const std::string &text) {
  return element("text", {{"x", decimal(x)}, {"y", decimal(y)}, {"text-anchor", anchor}}, text);
}

// A step of 1, 2 or 5 times a power of ten that divides `range` in about four.
double round_step(double range) {
  const double rough = range / 4;
  const double power = std::pow(10, std::floor(std::log10(rough)));
  for (const double factor : {1.0, 2.0, 5.0}) {
    if (factor * power >= rough * 0.999) return factor * power;
  }
  return 10 * power;
}

std::vector<double> ticks(const Axis &axis) {
  std::vector<double> result;
  if (axis.logarithmic) {
    const double first = std::round(std::log10(axis.low)), last = std::round(std::log10(axis.high));
    const double step = std::ceil((last - first) / 6);
    for (double power = first; power <= last && result.size() < kMostTicks; power += std::max(step, 1.0)) {
      result.push_back(std::pow(10, power));
    }
    return result;
  }
  const double step = round_step(axis.high - axis.low);
  for (size_t i = 0; i < kMostTicks; ++i) {
    const double value = (std::round(axis.low / step) + static_cast<double>(i)) * step;
    if (value > axis.high + step / 1000) break;
    result.push_back(value);
  }
  return result;
}

// "1e-06" is what programs say; people say 1e-6.
std::string tick_text(double value) {
  std::string text = fmt::format("{:.4g}", value);
  const size_t e = text.find('e');
  if (e == std::string::npos) return text;
  const int exponent = std::stoi(text.substr(e + 1));
  return fmt::format("{}e{}", text.substr(0, e), exponent);
}

double part_of(const Axis &axis, double value) {
  double part = 0;
  if (axis.logarithmic) {
    const double low = std::log10(axis.low), high = std::log10(axis.high);
    part = value > 0 ? (std::log10(value) - low) / (high - low) : 0;
  } else {
    part = (value - axis.low) / (axis.high - axis.low);
  }
  return std::isnan(part) ? 0 : std::clamp(part, 0.0, 1.0);
}

std::vector<double> usable(std::span<const double> values, double smallest) {
  std::vector<double> result;
  for (const double value : values) {
    if (std::isfinite(value) && value >= smallest) result.push_back(std::clamp(value, -kLargest, kLargest));
  }
  return result;
}

}  // namespace

Html row_bar(double part, int colour) {
  const double width = std::isfinite(part) ? std::clamp(part, 0.0, 1.0) * 100 : 0;
  return element("svg",
                 {{"class", "bar"}, {"viewBox", "0 0 100 8"}, {"preserveAspectRatio", "none"}, {"aria-hidden", "true"}},
                 element("rect", {{"class", fill_class(colour)}, {"width", decimal(width)}, {"height", "8"}}));
}

Html stacked_bar(const std::vector<Part> &parts, const std::string &summary) {
  double whole = 0;
  for (const Part &part : parts) whole += std::isfinite(part.value) && part.value > 0 ? part.value : 0;
  Html content = title(summary);
  double at = 0;
  for (const Part &part : parts) {
    if (!std::isfinite(part.value) || part.value <= 0 || !std::isfinite(whole)) continue;
    const double width = part.value / whole * 100;
    content += element("rect",
                       {{"class", fill_class(part.colour)},
                        {"x", fmt::format("{:.4f}", at)},
                        {"width", fmt::format("{:.4f}", width)},
                        {"height", "10"}},
                       title(part.title));
    at += width;
  }
  return element("svg",
                 {{"class", "strip"},
                  {"viewBox", "0 0 100 10"},
                  {"preserveAspectRatio", "none"},
                  {"role", "img"},
                  {"aria-label", summary}},
                 content);
}

Html row_histogram(std::span<const double> counts, const std::string &summary) {
  const double largest = counts.empty() ? 0 : *std::max_element(counts.begin(), counts.end());
  std::string path = "M0 10";
  for (const double count : counts) {
    // A bin that is not empty is seen, however few it holds.
    const double height = count > 0 ? std::max(count / largest * 10, 0.5) : 0;
    path += fmt::format("V{}h1", decimal(10 - height));
  }
  return element("svg",
                 {{"class", "spark"},
                  {"viewBox", fmt::format("0 0 {} 10", std::max<size_t>(counts.size(), 1))},
                  {"preserveAspectRatio", "none"},
                  {"role", "img"},
                  {"aria-label", summary}},
                 title(summary) + element("path", {{"class", "f0"}, {"d", path + "V10Z"}}));
}

Plot::Plot(Axis x, Axis y) : x_(std::move(x)), y_(std::move(y)) {}

double Plot::to_x(double value) const {
  return kLeft + part_of(x_, value) * (kRight - kLeft);
}
double Plot::to_y(double value) const {
  return kBottom - part_of(y_, value) * (kBottom - kTop);
}

void Plot::bars(std::span<const double> heights, int colour) {
  const double width = (kRight - kLeft) / static_cast<double>(std::max<size_t>(heights.size(), 1));
  for (size_t i = 0; i < heights.size(); ++i) {
    const double top = to_y(heights[i]);
    if (top >= kBottom) continue;
    content_ += element("rect", {{"class", fill_class(colour)},
                                 {"x", decimal(kLeft + width * static_cast<double>(i) + 0.5)},
                                 {"y", decimal(top)},
                                 {"width", decimal(std::max(width - 1, 0.5))},
                                 {"height", decimal(kBottom - top)}});
  }
}

void Plot::line(std::span<const double> xs, std::span<const double> ys, int colour) {
  std::string points;
  for (size_t i = 0; i < std::min(xs.size(), ys.size()); ++i) {
    if (std::isfinite(ys[i])) points += fmt::format("{},{} ", decimal(to_x(xs[i])), decimal(to_y(ys[i])));
  }
  content_ += element("polyline", {{"class", fmt::format("s{}", colour % kColours)}, {"points", points}});
}

void Plot::points(std::span<const double> xs, std::span<const double> ys, std::span<const std::string> titles,
                  int colour) {
  for (size_t i = 0; i < std::min(xs.size(), ys.size()); ++i) {
    if (!std::isfinite(xs[i]) || !std::isfinite(ys[i])) continue;
    content_ += element("circle",
                        {{"class", fill_class(colour)},
                         {"cx", decimal(to_x(xs[i]))},
                         {"cy", decimal(to_y(ys[i]))},
                         {"r", decimal(kRadius)}},
                        i < titles.size() ? title(titles[i]) : Html());
  }
}

void Plot::mark(const Mark &mark, size_t row) {
  const double x = to_x(mark.x);
  const double y = kTop - kLabelRow * static_cast<double>(row % 2);
  content_ += vertical(x, y, kBottom, "mark");
  const bool at_right = x > (kLeft + kRight) / 2;
  content_ += label(at_right ? x - 3 : x + 3, y - 2, at_right ? "end" : "start", mark.label);
}

void Plot::diagonal() {
  const double low = std::max(x_.low, y_.low), high = std::min(x_.high, y_.high);
  if (!(low < high)) return;
  content_ += element("line", {{"class", "mark"},
                               {"x1", decimal(to_x(low))},
                               {"y1", decimal(to_y(low))},
                               {"x2", decimal(to_x(high))},
                               {"y2", decimal(to_y(high))}});
}

Html Plot::axes() const {
  Html result;
  for (const double value : ticks(y_)) {
    result += horizontal(to_y(value), "grid") + label(kLeft - 6, to_y(value) + 4, "end", tick_text(value));
  }
  for (const double value : ticks(x_)) {
    result += vertical(to_x(value), kBottom, kBottom + 4, "grid");
    result += label(to_x(value), kBottom + 17, "middle", tick_text(value));
  }
  result += label((kLeft + kRight) / 2, kHeight - 8, "middle", x_.title);
  return result + label(2, 12, "start", y_.title);
}

Html Plot::figure(const std::string &caption, const std::string &summary) const {
  const Html picture = element("svg",
                               {{"class", "plot"},
                                {"viewBox", fmt::format("0 0 {} {}", kWidth, kHeight)},
                                {"role", "img"},
                                {"aria-label", summary}},
                               title(summary) + axes() + content_ + horizontal(kBottom, "axis"));
  return bare_element("figure", picture + bare_element("figcaption", caption));
}

Axis linear_axis(std::string title, std::span<const double> values, bool from_zero) {
  const std::vector<double> used = usable(values, -HUGE_VAL);
  if (used.empty()) return {std::move(title), 0, 1, false};
  const auto [min, max] = std::minmax_element(used.begin(), used.end());
  double low = from_zero ? std::min(*min, 0.0) : *min;
  double high = from_zero ? std::max(*max, 0.0) : *max;
  const double least = std::max({std::abs(low), std::abs(high), kSmallest}) * 1e-9;
  if (high - low < least) {
    const double margin = low == 0 ? 1 : std::abs(low) * 0.1;
    high += margin;
    if (!from_zero || low != 0) low -= margin;
  }
  const double step = round_step(high - low);
  return {std::move(title), std::floor(low / step + 1e-9) * step, std::ceil(high / step - 1e-9) * step, false};
}

Axis logarithmic_axis(std::string title, std::span<const double> values) {
  const std::vector<double> used = usable(values, kSmallest);
  if (used.empty()) return {std::move(title), 0.1, 1, true};
  const auto [min, max] = std::minmax_element(used.begin(), used.end());
  const double low = std::floor(std::log10(*min)), high = std::ceil(std::log10(*max));
  return {std::move(title), std::pow(10, low), std::pow(10, high > low ? high : low + 1), true};
}

}  // namespace air::report
