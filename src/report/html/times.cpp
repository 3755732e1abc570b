// SPDX-License-Identifier: BSD-3-Clause
// Times on an HTML page.
#include "report/html/times.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "report/html/plot.h"
#include "report/html/sections.h"
#include "report/measured.h"
#include "text/descriptions.h"

namespace air::report {
namespace {

constexpr size_t kFewest = 8;  // durations worth a plot
constexpr size_t kMostPoints = 400;

void add_spread(HtmlTable &table, const TimeUnit &unit, const char *name, const std::vector<double> &values) {
  if (values.empty()) return;
  const air_statistics s = statistics(values);
  std::vector<HtmlCell> row = {name};
  for (const double value : {s.mean, s.std, s.min, s.p50, s.p90, s.p99, s.max}) row.emplace_back(unit.text(value));
  table.add(row);
}

std::vector<double> in_unit(const std::vector<double> &values, const TimeUnit &unit) {
  std::vector<double> result;
  for (const double value : values) result.push_back(value * unit.per_ms);
  return result;
}

Html spread_plot(const std::vector<double> &values, const std::string &unit) {
  const air_statistics s = statistics(values);
  // A few runs that took far longer would leave all others one bar.
  const double most = s.max > 2 * s.p99 ? s.p99 * 1.25 : s.max;
  std::vector<double> shown = values;
  std::erase_if(shown, [most](double value) { return value > most; });
  const Axis x = linear_axis("time of a sample on the device, " + unit, shown);
  const auto n_bins = static_cast<size_t>(std::clamp(std::sqrt(static_cast<double>(values.size())), 8.0, 40.0));
  std::vector<double> bins(n_bins);
  for (const double value : shown) {
    const double part = std::clamp((value - x.low) / (x.high - x.low), 0.0, 1.0);
    bins[std::min(static_cast<size_t>(part * static_cast<double>(n_bins)), n_bins - 1)] += 1;
  }
  Plot plot(x, linear_axis("runs", bins, true));
  plot.bars(bins);
  plot.mark({s.p50, "p50"}, 0);
  if (s.p99 <= x.high) plot.mark({s.p99, "p99"}, 1);
  std::string caption = "How the times of single runs are spread";
  if (const size_t n_beyond = values.size() - shown.size(); n_beyond > 0) {
    caption += fmt::format("; not shown: {} slower, up to {:.4g} {}", n_beyond, s.max, unit);
  }
  return plot.figure(
      caption, fmt::format("Histogram of {} runs: half of them take less than {:.4g} {}, 99 in 100 less than {:.4g} {}",
                           values.size(), s.p50, unit, s.p99, unit));
}

// At most kMostPoints: of many values the smallest and the largest of each group.
void reduce(const std::vector<double> &values, std::vector<double> &xs, std::vector<double> &ys) {
  const size_t group = values.size() <= kMostPoints ? 1 : (values.size() * 2 + kMostPoints - 1) / kMostPoints;
  for (size_t begin = 0; begin < values.size(); begin += group) {
    const auto first = values.begin() + static_cast<ptrdiff_t>(begin);
    const auto last = values.begin() + static_cast<ptrdiff_t>(std::min(begin + group, values.size()));
    const auto [min, max] = std::minmax_element(first, last);
    xs.push_back(static_cast<double>(begin));
    ys.push_back(*min);
    if (group == 1) continue;
    xs.push_back(static_cast<double>(begin));
    ys.push_back(*max);
  }
}

Html sequence_plot(const std::vector<double> &values, const std::string &unit) {
  std::vector<double> xs, ys;
  reduce(values, xs, ys);
  Plot plot(linear_axis("run", xs, true), linear_axis("time of a sample on the device, " + unit, ys, true));
  plot.line(xs, ys);
  if (values.size() <= 60) plot.points(xs, ys);
  return plot.figure(
      "The runs in their order",
      fmt::format("Times of {} runs in their order, between {:.4g} and {:.4g} {}", values.size(),
                  *std::min_element(ys.begin(), ys.end()), *std::max_element(ys.begin(), ys.end()), unit));
}

}  // namespace

Html three_times(const JsonView &times) {
  const double device = times["device_ms"].number().value_or(NAN);
  const double link = times["link_ms"].number().value_or(NAN);
  const double host = times["host_ms"].number().value_or(NAN);
  const double rest = host - device - link;  // not known when one of them is not
  if (!(device > 0 || link > 0 || rest > 0)) return {};
  std::vector<Part> parts;
  std::vector<std::pair<std::string, int>> entries;
  std::string summary;
  const auto add = [&](const char *name, double ms, int colour) {
    if (!(ms > 0)) return;
    const std::string text = fmt::format("{} {}", name, time_text(ms));
    parts.push_back({text, ms, colour});
    entries.emplace_back(text, colour);
    summary += (summary.empty() ? "" : ", ") + text;
  };
  add("device", device, 0);
  add("link", link, 1);
  add("rest on the host", rest, 7);
  const Html bar = stacked_bar(parts, summary);
  return element("figure", {{"class", "full"}},
                 bar + legend(entries) +
                     bare_element("figcaption", fmt::format("Time of the whole call, {} on the host, warm-up included",
                                                            time_text(host))));
}

Html spread_of_times(const std::vector<double> &device_ms, const std::vector<double> &whole_ms) {
  // Of what is usual on the device: one run that was interrupted shall not choose the unit.
  const std::vector<double> &usual = device_ms.empty() ? whole_ms : device_ms;
  const TimeUnit unit = time_unit(usual.empty() ? 0 : statistics(usual).p90);
  HtmlTable table(fmt::format("Time of a sample, {}", unit.name), {{.title = "time"},
                                                                   {.title = "mean", .number = true},
                                                                   {.title = "std", .number = true, .on_wide = true},
                                                                   {.title = "min", .number = true, .on_wide = true},
                                                                   {.title = "p50", .number = true},
                                                                   {.title = "p90", .number = true, .on_wide = true},
                                                                   {.title = "p99", .number = true},
                                                                   {.title = "max", .number = true}});
  add_spread(table, unit, "on the device", device_ms);
  add_spread(table, unit, "whole run", whole_ms);
  Html result = table.empty() ? Html() : table.html();
  if (device_ms.size() < kFewest) return result;
  const std::vector<double> values = in_unit(device_ms, unit);
  return result +
         element("div", {{"class", "figures"}}, spread_plot(values, unit.name) + sequence_plot(values, unit.name));
}

}  // namespace air::report
