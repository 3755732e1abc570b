// SPDX-License-Identifier: BSD-3-Clause
// The history of many runs: how their times went on from run to run.
#include "report/html/history.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "report/html/plot.h"
#include "report/measured.h"
#include "report/regression/measures.h"
#include "text/descriptions.h"

namespace air::report {
namespace {

constexpr size_t kFewest = 3;
constexpr double kLeastWidth = 5;  // of the axis, in runs: fewer would have ticks between them

struct HistoryRun {
  std::string label, begin, model;
  air_statistics times;  // ms
};

std::string model_of(const JsonView &profile) {
  return fmt::format("{} ({})", profile["info"]["name"].text(), profile["backend"].text());
}

// Those of a document whose times are known; a document airunner.run/1 keeps a mean only.
void add_runs(std::vector<HistoryRun> &runs, const JsonView &document, const std::string &label) {
  const std::string schema = document["schema"].text();
  if (schema != "airunner.profile/1" && schema != "airunner.runs/1") return;
  for (const JsonView &run : runs_in(document)) {
    const air_statistics times = statistics(run["c_durations"].numbers());
    if (times.count > 0 && std::isfinite(times.p50)) runs.push_back({label, run["begin"].text(), model_of(run), times});
  }
}

std::vector<std::string> models_of(const std::vector<HistoryRun> &runs) {
  std::vector<std::string> models;
  for (const HistoryRun &run : runs) {
    if (std::find(models.begin(), models.end(), run.model) == models.end()) models.push_back(run.model);
  }
  return models;
}

// One line, with a point for each run that tells what it is.
class Line {
 public:
  void add(double x, double y, const std::string &title) {
    xs_.push_back(x);
    ys_.push_back(y);
    titles_.push_back(title);
  }
  void draw(Plot &plot, int colour) const {
    plot.line(xs_, ys_, colour);
    plot.points(xs_, ys_, titles_, colour);
  }
  const std::vector<double> &ys() const { return ys_; }

 private:
  std::vector<double> xs_, ys_;
  std::vector<std::string> titles_;
};

std::string title_of(const HistoryRun &run, const char *statistic, double ms) {
  return fmt::format("{} of {}, {}: {}", statistic, run.label, run.begin, time_text(ms));
}

// The median of each run, in order; of one model its 90th percentile too.
Html history_plot(const std::vector<HistoryRun> &runs) {
  const std::vector<std::string> models = models_of(runs);
  double largest = 0;
  for (const HistoryRun &run : runs) largest = std::max(largest, run.times.p50);
  const TimeUnit unit = time_unit(largest);
  std::vector<Line> lines(models.size() == 1 ? 2 : models.size());
  for (size_t i = 0; i < runs.size(); ++i) {
    const HistoryRun &run = runs[i];
    const auto model = static_cast<size_t>(std::find(models.begin(), models.end(), run.model) - models.begin());
    const auto add = [&](Line &line, const char *statistic, double ms) {
      line.add(static_cast<double>(i + 1), ms * unit.per_ms, title_of(run, statistic, ms));
    };
    add(lines[model], "p50", run.times.p50);
    if (models.size() == 1) add(lines[1], "p90", run.times.p90);
  }
  std::vector<double> all;
  for (const Line &line : lines) all.insert(all.end(), line.ys().begin(), line.ys().end());
  const Axis x = {"run, in the order of their beginnings", 0,
                  std::max(static_cast<double>(runs.size()), kLeastWidth) + 1};
  Plot plot(x, linear_axis("time of a sample on the device, " + std::string(unit.name), all));
  std::vector<std::pair<std::string, int>> entries;
  for (size_t i = 0; i < lines.size(); ++i) {
    const int colour = static_cast<int>(i);
    lines[i].draw(plot, colour);
    entries.emplace_back(models.size() == 1 ? (i == 0 ? "p50" : "p90") : "p50 of " + models[i], colour);
  }
  const HistoryRun &first = runs.front(), &last = runs.back();
  const Html figure = plot.figure(fmt::format("{} runs from {} to {}", runs.size(), first.begin, last.begin),
                                  fmt::format("Medians of {} runs, the first {}, the last {}", runs.size(),
                                              time_text(first.times.p50), time_text(last.times.p50)));
  return element("div", {{"class", "figures"}}, figure) + legend(entries);
}

Html runs_table(const std::vector<HistoryRun> &runs) {
  double largest = 0;
  for (const HistoryRun &run : runs) largest = std::max(largest, run.times.p50);
  const TimeUnit unit = time_unit(largest);
  HtmlTable table(fmt::format("Time of a sample on the device, {}", unit.name),
                  {{.title = "run"},
                   {.title = "began"},
                   {.title = "samples", .number = true},
                   {.title = "p50", .number = true},
                   {.title = "p90", .number = true},
                   {.title = "mean", .number = true, .on_wide = true},
                   {.title = "std", .number = true, .on_wide = true}});
  for (size_t i = 0; i < runs.size(); ++i) {
    const air_statistics &times = runs[i].times;
    table.add({fmt::format("{}", i + 1), runs[i].begin, count_text(times.count), unit.text(times.p50),
               unit.text(times.p90), unit.text(times.mean), unit.text(times.std)});
  }
  return table.html();
}

}  // namespace

Html history_section(std::span<const HtmlSource> sources) {
  std::vector<HistoryRun> runs;
  for (const HtmlSource &source : sources) add_runs(runs, source.root, source.label);
  if (runs.size() < kFewest) return {};
  // Their beginnings are known to the second: runs of one document stay in their order.
  std::stable_sort(runs.begin(), runs.end(),
                   [](const HistoryRun &a, const HistoryRun &b) { return a.begin < b.begin; });
  return section(2, "history", "History", history_plot(runs));
}

Html runs_section(const JsonView &document, int level) {
  std::vector<HistoryRun> runs;
  add_runs(runs, document, "run");
  if (runs.empty()) return element("p", {{"class", "note"}}, "No run has a time on the device.");
  return section(level, "history", "Runs", history_plot(runs) + runs_table(runs));
}

std::string name_of_runs(const JsonView &document) {
  const std::vector<JsonView> runs = runs_in(document);
  return fmt::format("{}{} runs", runs.empty() ? "" : model_of(runs[0]) + ", ", runs.size());
}

}  // namespace air::report
