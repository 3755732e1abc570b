// SPDX-License-Identifier: BSD-3-Clause
// Profiles against those of before as a page shows them: the verdict, what was measured of each side, and every run of the network.
#include "report/html/regression.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

#include "report/html/plot.h"
#include "text/descriptions.h"

namespace air::report {
namespace {

constexpr int kGood = 2, kBad = 3, kOpen = 1, kNone = 7;

int colour_of(const std::string &verdict) {
  if (verdict == "regression") return kBad;
  if (verdict == "no regression") return kGood;
  return verdict.empty() ? kNone : kOpen;
}

Html badge(const std::string &verdict) {
  return element("span", {{"class", fmt::format("badge b{}", colour_of(verdict))}},
                 verdict.empty() ? "no limit" : verdict);
}

// The sentence behind "regression: ".
std::string without(const std::string &verdict, const std::string &text) {
  return text.starts_with(verdict + ": ") ? text.substr(verdict.size() + 2) : text;
}

// A number of its unit: times in one that suits the table.
std::string value_text(const JsonView &check, std::optional<double> value, const TimeUnit &unit) {
  if (!value) return number_text(value);
  const std::string name = check["unit"].text();
  if (name == "ms") return fmt::format("{} {}", unit.text(*value), unit.name);
  if (name == "bytes" && *value >= 0 && *value < 1e15) return known_bytes(static_cast<uint64_t>(*value));
  return fmt::format("{:.6g} {}", *value, name);
}

// "+5.1 % (99 %: +4.0 to +6.2 %)"
Html change_text(const JsonView &check) {
  const std::optional<double> change = check["change"].number(), low = check["low"].number(),
                              high = check["high"].number();
  if (!change) return "\u2013";
  std::string text = fmt::format("{:+.1f}\u00A0%", *change * 100);
  if (!low || !high) return text;
  const double limit = check["step"].is_null() ? check["limit"].number().value_or(NAN) : NAN;
  const std::optional<double> confidence = check["confidence"].number();
  text += fmt::format(" ({}{})", confidence ? fmt::format("{:.0f}\u00A0%: ", std::floor(*confidence * 100)) : "",
                      change_bounds_text(*low, *high, limit));
  return text;
}

// The limit, or the step of the values that stands in its place.
std::string limit_text(const JsonView &check, const TimeUnit &unit) {
  if (const std::optional<double> step = check["step"].number()) return value_text(check, step, unit);
  const std::optional<double> limit = check["limit"].number();
  return limit ? fmt::format("{:+g}\u00A0%", *limit * 100) : "\u2013";
}

Html checks_table(const std::string &caption, const std::vector<JsonView> &checks) {
  double largest = 0;
  for (const JsonView &check : checks) {
    if (check["unit"].text() == "ms") largest = std::max(largest, check["baseline"]["value"].number().value_or(0));
  }
  const TimeUnit unit = time_unit(largest);
  HtmlTable table(caption, {{.title = "what"},
                            {.title = "verdict"},
                            {.title = "baseline", .number = true},
                            {.title = "current", .number = true},
                            {.title = "change, with its bounds", .number = true},
                            {.title = "limit", .number = true},
                            {.title = "runs scatter by", .number = true, .on_wide = true}});
  for (const JsonView &check : checks) {
    const std::string node = check["node"].text(), quantity = check["quantity"].text();
    const std::optional<double> before = check["baseline"]["value"].number(), now = check["current"]["value"].number();
    table.add({node.empty()
                   ? Html(quantity)
                   : numbered(static_cast<double>(check["index"].count()), fmt::format("{} \u00B7 {}", node, quantity)),
               badge(check["verdict"].text()),
               {value_text(check, before, unit), before.value_or(0)},
               {value_text(check, now, unit), now.value_or(0)},
               {change_text(check), check["change"].number().value_or(-1)},
               limit_text(check, unit),
               percent_text(check["scatter"].number().value_or(NAN))});
  }
  return table.empty() ? Html() : table.html(true);
}

std::vector<double> numbers_from(size_t first, size_t count) {
  std::vector<double> result;
  for (size_t i = 0; i < count; ++i) result.push_back(static_cast<double>(first + i));
  return result;
}

// Every run of one quantity: those of the baseline, then the current ones.
Html runs_plot(const JsonView &check) {
  const std::vector<double> before = check["baseline"]["values"].numbers(), now = check["current"]["values"].numbers();
  std::vector<double> all = before;
  all.insert(all.end(), now.begin(), now.end());
  const std::vector<double> xs_before = numbers_from(1, before.size()),
                            xs_now = numbers_from(before.size() + 1, now.size());
  Plot plot({"run", 0, static_cast<double>(std::max<size_t>(all.size(), 4) + 1)},
            linear_axis(fmt::format("{}, {}", check["quantity"].text(), check["unit"].text()), all));
  plot.line(xs_before, before, 0);
  plot.points(xs_before, before, {}, 0);
  plot.line(xs_now, now, kBad);
  plot.points(xs_now, now, {}, kBad);
  const Html figure = plot.figure(fmt::format("{} of every run", check["quantity"].text()),
                                  fmt::format("{} runs of the baseline and {} of now", before.size(), now.size()));
  return element("div", {{"class", "figures"}}, figure) + legend({{"baseline", 0}, {"current", kBad}});
}

Html sides_table(const JsonView &regression) {
  HtmlTable table("What was compared", {{.title = "side"},
                                        {.title = "model"},
                                        {.title = "runs", .number = true},
                                        {.title = "samples", .number = true},
                                        {.title = "descriptor", .on_wide = true},
                                        {.title = "device", .on_wide = true},
                                        {.title = "first began", .on_wide = true}});
  for (const char *name : {"baseline", "current"}) {
    const JsonView side = regression[name];
    const std::vector<std::string> begins = side["begins"].texts();
    table.add({name, side["name"].text(), known_count(side["runs"].size()), known_count(side["samples"].size()),
               side["descriptor"].text(), side["device"].text(),
               begins.empty() ? "" : *std::min_element(begins.begin(), begins.end())});
  }
  return table.html();
}

}  // namespace

Html regression_section(const JsonView &regression, int level) {
  std::vector<JsonView> network, nodes;
  for (const JsonView &check : regression["checks"].list())
    (check["node"].text().empty() ? network : nodes).push_back(check);
  const std::string verdict = regression["verdict"].text();
  Html content =
      element("p", {{"class", "verdict"}}, badge(verdict) + Html(" " + without(verdict, regression["text"].text())));
  for (const std::string &note : regression["notes"].texts()) content += element("p", {{"class", "note"}}, note);
  Html of_network = checks_table("The network", network);
  if (!network.empty()) of_network += runs_plot(network[0]);
  return content + section(level, "checks", "The network against its baseline", of_network) +
         section(level, "checks", "Its nodes", checks_table("The nodes", nodes)) +
         section(level, "sides", "Both sides", sides_table(regression));
}

std::string name_of_regression(const JsonView &regression) {
  return fmt::format("{} against its baseline", regression["current"]["name"].text());
}

}  // namespace air::report
