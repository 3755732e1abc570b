// SPDX-License-Identifier: BSD-3-Clause
// Documents of profiles for terminals.
#include "cli/outputs/regression_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "text/descriptions.h"
#include "text/table.h"

namespace air::cli {
namespace {

constexpr double kMostBytes = 1e15;
constexpr size_t kWidestName = 60;  // also where the table may be as wide as it likes

std::string number_text(const std::optional<double> &value, const JsonView &check) {
  if (!value) return "-";
  const std::string unit = check["unit"].text();
  if (unit == "ms") return time_text(*value);
  if (unit == "bytes" && *value >= 0 && *value < kMostBytes) return size_text(static_cast<uint64_t>(*value));
  return fmt::format("{:.6g} {}", *value, unit);
}

std::string percent(const JsonView &part, const char *format = "{:+.1f} %") {
  const std::optional<double> value = part.number();
  return value ? fmt::format(fmt::runtime(format), *value * 100) : "-";
}

std::string bounds_text(const JsonView &check) {
  const std::optional<double> low = check["low"].number(), high = check["high"].number();
  const double limit = check["step"].is_null() ? check["limit"].number().value_or(NAN) : NAN;
  return low && high ? change_bounds_text(*low, *high, limit) : "-";
}

// "95 %: -2.0 to +1.9 %"
std::string sure_bounds_text(const JsonView &check) {
  const std::optional<double> confidence = check["confidence"].number();
  return confidence ? fmt::format("{:.0f} %: {}", std::floor(*confidence * 100), bounds_text(check))
                    : bounds_text(check);
}

// The limit, or the step of the values that stands in its place.
std::string limit_text(const JsonView &check) {
  if (!check["step"].is_null()) return number_text(check["step"].number(), check);
  return percent(check["limit"], "{:g} %");
}

Style style_of(const std::string &verdict) {
  return verdict == "regression" ? Style::kHot : verdict == "cannot tell" ? Style::kWarm : Style::kPlain;
}

// Nodes that nothing is to be said of are left to --verbose.
bool is_shown(const JsonView &check, bool verbose) {
  const std::string verdict = check["verdict"].text();
  return verbose || check["node"].is_null() || verdict == "regression" ||
         (verdict == "cannot tell" && check["required"].flag());
}

void add_check(Table &table, const JsonView &check) {
  const std::string verdict = check["verdict"].text(), node = check["node"].text();
  table.add({{check["quantity"].text()},
             {node},
             {number_text(check["baseline"]["value"].number(), check)},
             {number_text(check["current"]["value"].number(), check)},
             {percent(check["change"])},
             {sure_bounds_text(check)},
             {limit_text(check)},
             {percent(check["scatter"], "{:.1f} %")},
             {verdict.empty() ? "-" : verdict, style_of(verdict)}});
}

std::string side_line(const JsonView &side, const char *name, const air_text_options &layout) {
  const uint64_t runs = side["runs"].count();
  const std::string text = fmt::format("{} by {}, {} run{}, {} samples", side["name"].text(), side["backend"].text(),
                                       runs, runs == 1 ? "" : "s", count_text(side["samples"].count()));
  return labelled_line(name, text, layout.width, layout.colour != 0);
}

}  // namespace

std::string check_text(const JsonView &check) {
  std::string text = fmt::format("{}, was {}", number_text(check["current"]["value"].number(), check),
                                 number_text(check["baseline"]["value"].number(), check));
  if (!check["change"].is_null()) text += ": " + percent(check["change"]);
  if (!check["low"].is_null()) text += fmt::format(" ({})", bounds_text(check));
  return text + ", limit " + limit_text(check);
}

std::string regression_text(const JsonView &regression, const air_text_options &layout) {
  const bool colour = layout.colour != 0;
  std::string text = title_line("airunner profile against its baseline", layout.width, colour);
  text += side_line(regression["baseline"], "baseline", layout) + side_line(regression["current"], "current", layout);
  for (const std::string &note : regression["notes"].texts()) text += labelled_text("note", note, layout.width, colour);
  Table table({{.title = "what"},
               {.title = "node", .min_width = 8, .max_width = kWidestName, .cut = Cut::kBegin},
               {.title = "baseline", .right = true},
               {.title = "current", .right = true},
               {.title = "change", .right = true},
               {.title = "bounds", .right = true, .rank = 1},
               {.title = "limit", .right = true, .rank = 2},
               {.title = "scatter", .right = true, .rank = 3},
               {.title = "verdict"}});
  size_t left_out = 0;
  for (const JsonView &check : regression["checks"].list()) {
    is_shown(check, layout.verbose != 0) ? add_check(table, check) : void(++left_out);
  }
  text += "\n" + table.render(layout.width, colour);
  if (left_out > 0)
    text += fmt::format("and {} nodes that are no regression, or that nothing has to be told of (-v)\n", left_out);
  return text + "\n" + styled(regression["text"].text(), style_of(regression["verdict"].text()), colour) + "\n";
}

std::string runs_text(const JsonView &runs, const air_text_options &layout) {
  Table table({{.title = "run", .right = true},
               {.title = "began", .rank = 2},
               {.title = "samples", .right = true, .rank = 1},
               {.title = "p50", .right = true},
               {.title = "p90", .right = true},
               {.title = "mean", .right = true}});
  size_t number = 0;
  for (const JsonView &run : runs["runs"].list()) {
    const JsonView statistics = run["statistics"];
    const auto time = [&](const char *key) { return time_text(statistics[key].number().value_or(NAN)); };
    table.add({{fmt::format("{}", ++number)},
               {run["begin"].text()},
               {count_text(statistics["count"].count())},
               {time("p50")},
               {time("p90")},
               {time("mean")}});
  }
  return title_line(fmt::format("airunner profile, {} runs", number), layout.width, layout.colour != 0) + "\n" +
         table.render(layout.width, layout.colour != 0);
}

}  // namespace air::cli
