// SPDX-License-Identifier: BSD-3-Clause
// Where the nodes of a run have to have run.
#include "cli/running/placement.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <string_view>

#include "common/ascii.h"
#include "common/nearest.h"
#include "common/numbers.h"

namespace air::cli {
namespace {

constexpr std::string_view kKey = "processor=";
constexpr double kRounding = 1e-9;  // of shares that are sums

struct Rule {
  std::string text;  // "--require processor=NPU:95%"
  std::string processor;
  bool forbids;
  double share;  // at least, of the time of nodes; unused where it forbids
};

// A node that was executed.
struct Placed {
  std::string name, processor;
  double share;
};

struct Placement {
  std::vector<Placed> nodes;
  bool by_time;  // else each node has the same share, for lack of times
};

bool is_same_name(std::string_view a, std::string_view b) {
  return ascii_lower(a) == ascii_lower(b);
}

// Of "NPU+CPU", which several processors execute together.
template <class Wanted>
bool all_parts(std::string_view processors, Wanted wanted) {
  while (true) {
    const size_t plus = processors.find('+');
    if (!wanted(processors.substr(0, plus))) return false;
    if (plus == std::string_view::npos) return true;
    processors.remove_prefix(plus + 1);
  }
}

// A node of two processors is on neither alone.
bool is_on(const Placed &node, const std::string &processor) {
  return is_same_name(node.processor, processor) ||
         all_parts(node.processor, [&](std::string_view part) { return is_same_name(part, processor); });
}

bool takes_part(const Placed &node, const std::string &processor) {
  return is_same_name(node.processor, processor) ||
         !all_parts(node.processor, [&](std::string_view part) { return !is_same_name(part, processor); });
}

// "0.95" or "95%".
double share_of(const std::string &option, std::string_view text) {
  const bool is_percent = text.ends_with('%');
  const auto number = number_in<double>(is_percent ? text.substr(0, text.size() - 1) : text);
  const double share = number.value_or(NAN) / (is_percent ? 100 : 1);
  if (share > 0 && share <= 1) return share;
  throw Failure(kUsage,
                fmt::format("{}: expected a share above 0 and up to 1, such as 0.95 or 95%, got {}", option, text));
}

Rule rule_of(const std::string &given, bool forbids) {
  Rule rule = {fmt::format("--{} {}", forbids ? "forbid" : "require", given), "", forbids, 1};
  const size_t colon = given.find(':');
  if (given.starts_with(kKey)) rule.processor = given.substr(kKey.size(), colon - std::min(colon, kKey.size()));
  if (rule.processor.empty()) {
    throw Failure(kUsage, fmt::format("{}: expected processor=NAME{}, such as processor={}", rule.text,
                                      forbids ? "" : "[:SHARE]", forbids ? "CPU" : "NPU:95%"));
  }
  if (colon == std::string::npos) return rule;
  if (forbids) {
    throw Failure(kUsage,
                  fmt::format("{}: what is forbidden has no share; `--require processor=NAME:SHARE` has", rule.text));
  }
  rule.share = share_of(rule.text, std::string_view(given).substr(colon + 1));
  return rule;
}

// What no run can obey: a node of the required processor takes part in the forbidden one, or all processors together have to take more than all
// of the time. A node is on one of those that rules name, or on none.
void refuse_contradictions(const std::vector<Rule> &rules) {
  std::vector<Rule> wanted;  // the most of each processor
  for (const Rule &rule : rules) {
    if (rule.forbids) {
      for (const Rule &other : wanted) {
        if (takes_part({"", other.processor, 0}, rule.processor))
          throw Failure(kUsage, fmt::format("{} and {} cannot both hold", other.text, rule.text));
      }
      continue;
    }
    const auto known =
        std::ranges::find_if(wanted, [&](const Rule &one) { return is_same_name(one.processor, rule.processor); });
    if (known == wanted.end()) {
      wanted.push_back(rule);
    } else if (rule.share > known->share) {
      *known = rule;
    }
  }
  double sum = 0;
  std::vector<std::string> texts;
  for (const Rule &rule : wanted) {
    sum += rule.share;
    texts.push_back(rule.text);
  }
  if (sum > 1 + kRounding)
    throw Failure(kUsage,
                  fmt::format("{} cannot all hold: a node is on one of them, or on none", fmt::join(texts, " and ")));
}

std::vector<Rule> rules_of(const PlacementOptions &options) {
  std::vector<Rule> rules;
  for (const std::string &text : options.required) rules.push_back(rule_of(text, false));
  for (const std::string &text : options.forbidden) rules.push_back(rule_of(text, true));
  refuse_contradictions(rules);
  return rules;
}

Placement placement_of(const air_model &model, const NodeTimes &times) {
  Placement placement = {{}, true};
  double sum = 0;
  for (uint32_t i = 0; i < model.n_nodes; ++i) {
    if (!times.is_measured(i)) continue;
    const air_node &node = *model.nodes[i];
    const std::string name =
        *node.operation == '\0' ? std::string(node.name) : fmt::format("{}, {}", node.name, node.operation);
    placement.nodes.push_back({name, node.processor, times.median_ms(i)});
    sum += placement.nodes.back().share;
  }
  placement.by_time = sum > 0;
  for (Placed &node : placement.nodes)
    node.share = placement.by_time ? node.share / sum : 1 / static_cast<double>(placement.nodes.size());
  return placement;
}

template <class Wanted>
double share_where(const Placement &placement, Wanted wanted) {
  double share = 0;
  for (const Placed &node : placement.nodes) share += wanted(node) ? node.share : 0;
  return share;
}

std::string percent(double share) {
  return fmt::format("{:.1f} %", share * 100);
}

// Those that a rule is broken by, the longest first.
template <class Wanted>
std::vector<std::string> lines_of(const Placement &placement, Wanted wanted) {
  constexpr size_t kMost = 20;
  std::vector<Placed> named;
  std::ranges::copy_if(placement.nodes, std::back_inserter(named), wanted);
  std::ranges::stable_sort(named, std::greater(), &Placed::share);
  std::vector<std::string> lines;
  double rest = 0;
  for (size_t i = 0; i < named.size(); ++i) {
    const Placed &node = named[i];
    if (i >= kMost) {
      rest += node.share;
      continue;
    }
    const std::string where = node.processor.empty() ? "a processor that is not told" : node.processor;
    lines.push_back(fmt::format("{} on {}: {}", node.name, where, percent(node.share)));
  }
  if (named.size() > kMost) lines.push_back(fmt::format("and {} more: {}", named.size() - kMost, percent(rest)));
  return lines;
}

bool is_untold(const Placed &node) {
  return node.processor.empty();
}

// Names of ST's targets, of accelerators, and of ONNX Runtime's execution providers: what may be forbidden where no node is on it.
constexpr std::string_view kKnown[] = {"CPU",    "NPU",    "GPU",      "DSP",      "TPU",   "ACL",     "ArmNN",
                                       "Azure",  "CANN",   "CoreML",   "CUDA",     "DML",   "Dnnl",    "JS",
                                       "Nnapi",  "QNN",    "OpenVINO", "MIGraphX", "Rknpu", "ROCM",    "SNPE",
                                       "VSINPU", "WebGPU", "Tensorrt", "VitisAI",  "WebNN", "Xnnpack", "NvTensorRTRTX"};

std::vector<std::string> processors_of(const Placement &placement) {
  std::vector<std::string> names;
  for (const Placed &node : placement.nodes) {
    if (!is_untold(node) && std::ranges::find(names, node.processor) == names.end()) names.push_back(node.processor);
  }
  return names;
}

// "no processor is known by that name (did you mean NPU?)" where neither a node nor anybody else has it; else "".
std::string unknown_text(const Rule &rule, const Placement &placement) {
  std::vector<std::string> names = processors_of(placement);
  names.insert(names.end(), std::begin(kKnown), std::end(kKnown));
  const auto is_known = [&](std::string_view name) {
    return std::ranges::any_of(names, [&](const std::string &known) { return is_same_name(known, name); });
  };
  if (is_known(rule.processor) || all_parts(rule.processor, is_known)) return "";
  return "no processor is known by that name" + did_you_mean(rule.processor, names);
}

// Such a rule forbids nothing, whatever runs where.
std::optional<Failure> unknown(const Rule &rule, const Placement &placement) {
  const std::string text = unknown_text(rule, placement);
  if (text.empty()) return std::nullopt;
  return Failure(kUsage, fmt::format("{}: {}", rule.text, text),
                 {fmt::format("the nodes are on {}", fmt::join(processors_of(placement), ", "))});
}

Failure undecided(const Rule &rule, const Placement &placement) {
  return {kNoVerdict, fmt::format("{} cannot be decided: some nodes do not tell what executes them", rule.text),
          lines_of(placement, is_untold)};
}

std::optional<Failure> broken(const Rule &rule, const Placement &placement) {
  const char *whole = placement.by_time ? "of the time of nodes" : "of the nodes, whose times are not known,";
  if (rule.forbids) {
    const auto is_forbidden = [&](const Placed &node) { return takes_part(node, rule.processor); };
    const std::vector<std::string> lines = lines_of(placement, is_forbidden);
    if (!lines.empty()) {
      return Failure(kPlacement,
                     fmt::format("{}: {} {} is there", rule.text, percent(share_where(placement, is_forbidden)), whole),
                     lines);
    }
    if (std::ranges::any_of(placement.nodes, is_untold)) return undecided(rule, placement);
    return unknown(rule, placement);
  }
  const auto is_elsewhere = [&](const Placed &node) { return !is_on(node, rule.processor); };
  const double elsewhere = share_where(placement, is_elsewhere), untold = share_where(placement, is_untold);
  const bool all = rule.share == 1;  // then a node counts whatever its time
  const bool meets =
      all ? std::ranges::none_of(placement.nodes, is_elsewhere) : 1 - elsewhere >= rule.share - kRounding;
  if (meets) return std::nullopt;
  const bool could_meet =
      all ? std::ranges::all_of(placement.nodes,
                                [&](const Placed &node) { return is_untold(node) || !is_elsewhere(node); })
          : 1 - elsewhere + untold >= rule.share - kRounding;
  if (could_meet) return undecided(rule, placement);
  const std::string unknown = unknown_text(rule, placement);
  return Failure(kPlacement,
                 fmt::format("{}: {} {} is there, {} elsewhere{}", rule.text, percent(std::max(0.0, 1 - elsewhere)),
                             whole, percent(elsewhere), unknown.empty() ? "" : "; " + unknown),
                 lines_of(placement, is_elsewhere));
}

}  // namespace

void check_placement_options(const PlacementOptions &options) {
  rules_of(options);
}

std::optional<Failure> placement_failure(const PlacementOptions &options, const air_model &model,
                                         const NodeTimes &times) {
  const std::vector<Rule> rules = rules_of(options);
  if (rules.empty()) return std::nullopt;
  const Placement placement = placement_of(model, times);
  if (std::ranges::all_of(placement.nodes, is_untold)) {
    return Failure(kNoVerdict, fmt::format("{} cannot be decided: {} tells {}", rules.front().text, model.descriptor,
                                           placement.nodes.empty() ? "of no nodes" : "of no node what executes it"));
  }
  std::optional<Failure> first;
  for (const Rule &rule : rules) {
    std::optional<Failure> found = broken(rule, placement);
    if (!found) continue;
    if (!first) {
      first = std::move(found);
      continue;
    }
    if (found->exit_code == kPlacement) first->exit_code = kPlacement;
    first->causes.push_back(fmt::format("besides, {}", found->what()));
    first->causes.insert(first->causes.end(), found->causes.begin(), found->causes.end());
  }
  return first;
}

}  // namespace air::cli
