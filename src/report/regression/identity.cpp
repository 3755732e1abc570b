// SPDX-License-Identifier: BSD-3-Clause
// Whether both sides are the same network.
#include "report/regression/identity.h"

#include <fmt/ranges.h>

#include <algorithm>

#include "common/ascii.h"
#include "common/error.h"

namespace air::report {
namespace {

// "float32 (1,8,8,1), int8 (1,4)"
std::string tensors_text(const JsonView &run, const char *place) {
  std::vector<std::string> all;
  for (const JsonView &tensor : run["info"][place].list()) {
    std::vector<std::string> shape;  // an open dimension is -1
    for (const JsonView &size : tensor["shape"].list())
      shape.push_back(fmt::format("{:.0f}", size.number().value_or(0)));
    all.push_back(fmt::format("{} ({})", tensor["type"].text(), fmt::join(shape, ",")));
  }
  return fmt::format("{}", fmt::join(all, ", "));
}

std::string count_in_info(const JsonView &run, const char *key) {
  const std::optional<double> count = run["info"][key].number();
  return count ? fmt::format("{:.0f}", *count) : "";
}

// By tensor: how many values it has, whichever way its dimensions are ordered; nothing where one is open, or nothing is known.
std::optional<std::vector<double>> sizes(const JsonView &run, const char *place) {
  std::vector<double> all;
  for (const JsonView &tensor : run["info"][place].list()) {
    double size = 1;
    for (const JsonView &dimension : tensor["shape"].list()) size *= dimension.number().value_or(-1);
    if (size < 0 || tensor["shape"].list().empty()) return {};
    all.push_back(size);
  }
  std::sort(all.begin(), all.end());
  return all.empty() ? std::nullopt : std::optional(all);
}

bool have_other_sizes(const JsonView &before, const JsonView &now) {
  return std::ranges::any_of(std::vector{"inputs", "outputs"}, [&](const char *place) {
    const auto own = sizes(before, place), other = sizes(now, place);
    return own && other && *own != *other;
  });
}

// Most nodes of the larger side have no partner; without names of nodes their numbers have to tell.
bool have_other_nodes(const Measures &measures) {
  const size_t most = std::max(measures.n_baseline_nodes(), measures.n_current_nodes());
  if (std::min(measures.n_baseline_nodes(), measures.n_current_nodes()) > 0)
    return 2 * measures.n_common_names() < most;
  const auto count = [](const JsonView &run) { return count_in_info(run, "n_nodes"); };
  return count(measures.baseline().front()) != count(measures.current().front());
}

}  // namespace

std::set<std::string> texts(const std::vector<JsonView> &runs, const Read &read) {
  std::set<std::string> found;
  for (const JsonView &run : runs) found.insert(read(run));
  return found;
}

const std::vector<Trait> &traits() {
  static const std::vector<Trait> all = {
      {"the inputs", true, [](const JsonView &run) { return tensors_text(run, "inputs"); }},
      {"the outputs", true, [](const JsonView &run) { return tensors_text(run, "outputs"); }},
      {"the numbers of nodes", false, [](const JsonView &run) { return count_in_info(run, "n_nodes"); }},
      {"the multiply-accumulates", false, [](const JsonView &run) { return count_in_info(run, "macc"); }}};
  return all;
}

void refuse_another_network(const Measures &measures) {
  const JsonView &before = measures.baseline().front(), &now = measures.current().front();
  if (!have_other_sizes(before, now) || !have_other_nodes(measures)) return;
  const auto signature = [](const JsonView &run) {
    const std::string nodes = count_in_info(run, "n_nodes");
    return fmt::format("inputs {}, outputs {}{}", tensors_text(run, "inputs"), tensors_text(run, "outputs"),
                       nodes.empty() ? "" : fmt::format(", {} nodes", nodes));
  };
  fail(AIR_ERROR_INVALID_INPUT,
       "the baseline is of another network: expected {}; it has {}, and {} of its nodes have names of these; record a "
       "baseline of this network (airunner profile --runs 5 --save FILE.json)",
       signature(now), signature(before), measures.n_common_names());
}

void refuse_another_mode(const Measures &measures) {
  const auto mode = [](const JsonView &run) { return fmt::format("{}", fmt::join(run["mode"].texts(), ",")); };
  const std::set<std::string> before = texts(measures.baseline(), mode), now = texts(measures.current(), mode);
  if (before == now && now.size() == 1) return;
  const auto words = [](const std::set<std::string> &modes) {
    std::string text = fmt::format("{}", fmt::join(modes, " and "));
    for (char &c : text) c = c == '_' ? '-' : ascii_lower(c);
    return text;
  };
  fail(AIR_ERROR_INVALID_INPUT,
       "the baseline is of another mode, whose durations are of something else: expected {}, as the current runs; it "
       "has {}; give all runs the same --mode, or record a baseline in that of the current ones "
       "(airunner profile --mode {} --runs 5 --save FILE.json)",
       words(now), words(before), words({*now.begin()}));
}

}  // namespace air::report
