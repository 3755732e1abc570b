// SPDX-License-Identifier: BSD-3-Clause
// What a comparison says, in words that both its reports use.
#include "report/comparison_verdict.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <span>
#include <string_view>
#include <utility>

#include "text/descriptions.h"

namespace air::report {
namespace {

std::string shares_text(double part) {
  return part < 0.0995 ? fmt::format("{:.2g} %", 100 * part) : fmt::format("{:.0f} %", 100 * part);
}

// "no verdict: node q destroys input x, which it quantizes: ..."
std::string quantizer_text(const air_tensor_pair &input) {
  return fmt::format(
      "no verdict: {} destroys input {}, which it quantizes: its error is {} of the values, {} of them are beyond what "
      "it can represent; it gets {:.3g} to {:.3g}, and makes {:.3g} to {:.3g} of them: give the inputs that the "
      "network was made for with -i, or a --range",
      node_text(*input.quantizer), input.reference->name, shares_text(input.quantizer_error),
      shares_text(input.clipped), input.reference_values.min, input.reference_values.max, input.quantizer_min,
      input.quantizer_max);
}

// Why nothing can be said.
std::string no_verdict_text(const air_comparison &comparison) {
  if (comparison.n_saturated > 0) {
    return fmt::format(
        "no verdict: the inputs are random over all that they can hold, and {} of {} nodes saturate, up to {} of their "
        "values: give real inputs with -i, or "
        "a --range",
        comparison.n_saturated, comparison.n_matched, shares_text(comparison.most_saturated));
  }
  for (const air_tensor_pair *pair : std::span(comparison.inputs, comparison.n_inputs)) {
    if (!is_destroyed(*pair)) continue;
    if (pair->quantizer != nullptr) return quantizer_text(*pair);
    const air_value_summary &given = pair->reference_values;
    const air_value_summary &made = pair->other_values;
    return fmt::format(
        "no verdict: the conversion destroyed input {}: its error is {} of the values, {} of them are beyond what the "
        "other side can represent; the reference "
        "gets {:.3g} to {:.3g}, the other {:.3g} to {:.3g}",
        pair->reference->name, shares_text(pair->metrics[AIR_METRIC_L2R]), shares_text(pair->clipped), given.min,
        given.max, made.min, made.max);
  }
  return "no verdict";
}

std::string outputs_text(const air_comparison &comparison) {
  const std::span outputs(comparison.outputs, comparison.n_outputs);
  if (comparison.passed != 0) {
    const bool equal = std::all_of(outputs.begin(), outputs.end(), [](const air_tensor_pair *pair) {
      return pair->n_not_finite == 0 && !(pair->metrics[AIR_METRIC_MAX_ERROR] > 0);
    });
    return equal ? "the outputs are equal" : "the outputs agree within the limits";
  }
  for (const air_tensor_pair *pair : outputs) {
    if (pair->n_not_finite > 0) return fmt::format("output {} has NaN or infinity on one side", pair->reference->name);
    if (is_incomparable(*pair)) {
      return fmt::format("output {} cannot be compared: its types differ, and the quantization of one is not known",
                         pair->reference->name);
    }
    if (pair->n_values == 0 && pair->reference->n_elements > 0)
      return fmt::format("output {} has no finite value to compare", pair->reference->name);
    if (n_unmeasured(*pair) > 0) {
      return fmt::format(
          "output {} differs in {} of {} elements, by nobody knows how much: its quantization is not known",
          pair->reference->name, n_unmeasured(*pair), pair->n_values);
    }
    if (is_mostly_lost(*pair)) return lost_text(*pair);
    if (pair->broken == 0) continue;
    return fmt::format("output {} is beyond its limit of {}", pair->reference->name,
                       fmt::join(broken_names(*pair), ", "));
  }
  return "the outputs differ";
}

// "but first and 2 other nodes cannot be compared"
std::string incomparable_text(std::span<const air_node_pair *const> nodes) {
  const auto unclear = [](const air_node_pair *node) { return is_incomparable(*node); };
  const auto n = std::count_if(nodes.begin(), nodes.end(), unclear);
  if (n == 0) return "";
  const std::string name = node_text(*(*std::find_if(nodes.begin(), nodes.end(), unclear))->reference);
  if (n == 1) return fmt::format(", but {} cannot be compared", name);
  return fmt::format(", but {} and {} other node{} cannot be compared", name, n - 1, n == 2 ? "" : "s");
}

// "; conv_3 has an error of its own (bias lost), and so have 2 more nodes"
std::string own_errors_text(const air_comparison &comparison) {
  const air_node_pair &first = *comparison.nodes[comparison.first_diverging];
  const char *suggestion = first.local->suggestion;
  const uint32_t n_more = comparison.n_own_errors - 1;
  return fmt::format("; {} has an error of its own{}{}", node_text(*first.reference),
                     suggestion == nullptr ? "" : fmt::format(" ({})", suggestion),
                     n_more == 0   ? ""
                     : n_more == 1 ? ", and so has 1 more node"
                                   : fmt::format(", and so have {} more nodes", n_more));
}

std::string nodes_text(const air_comparison &comparison) {
  if (comparison.n_nodes == 0) return "";
  if (comparison.n_matched == 0) return "; no node of one side is found on the other";
  const std::span nodes(comparison.nodes, comparison.n_nodes);
  const std::string rest = incomparable_text(nodes);
  if (comparison.n_own_errors > 0) return own_errors_text(comparison) + rest;
  if (comparison.first_diverging >= 0) {
    const air_node_pair &node = *comparison.nodes[comparison.first_diverging];
    return fmt::format("; the first node to diverge is {}{}", node_text(*node.reference), rest);
  }
  air_verdict worst = AIR_VERDICT_UNMATCHED;
  for (const air_node_pair *node : nodes) {
    if (node->verdict != AIR_VERDICT_NO_DATA) worst = std::max(worst, node->verdict);
  }
  if (worst == AIR_VERDICT_QUANTIZATION) return "; quantization explains every node" + rest;
  if (worst == AIR_VERDICT_ROUNDING) return "; rounding explains every node" + rest;
  return (worst == AIR_VERDICT_UNMATCHED ? "; no node is known to differ" : "; the nodes are equal") + rest;
}

// "input x has 1 NaN and 2 infinite values, ...; ": before anything that they may have spoilt.
std::string not_finite_text(const air_comparison &comparison) {
  std::string text;
  for (const air_tensor_pair *input : std::span(comparison.inputs, comparison.n_inputs)) {
    if (n_not_finite(*input) == 0) continue;
    const air_value_summary &ours = input->reference_values, &theirs = input->other_values;
    text +=
        fmt::format("{}input {} has {} NaN and {} infinite values", text.empty() ? "" : ", ", input->reference->name,
                    count_text(std::max(ours.n_nan, theirs.n_nan)), count_text(std::max(ours.n_inf, theirs.n_inf)));
  }
  return text.empty() ? "" : text + ", and what is computed from them says little; ";
}

bool is_constant(const air_tensor_pair &input) {
  const air_value_summary &values = input.reference_values;
  return input.n_values > 1 && n_not_finite(input) == 0 && values.min == values.max;
}

// "all values of input x are 0, ...; " where no input has two: one beside others may be meant so, such as a mask.
std::string constant_text(const air_comparison &comparison) {
  const std::span inputs(comparison.inputs, comparison.n_inputs);
  if (inputs.empty() || !std::all_of(inputs.begin(), inputs.end(), [](const auto *pair) { return is_constant(*pair); }))
    return "";
  std::string text;
  for (const air_tensor_pair *input : inputs) {
    text += fmt::format("{}all values of input {} are {:.6g}", text.empty() ? "" : ", ", input->reference->name,
                        input->reference_values.min);
  }
  return text + ", which says little of the network; ";
}

}  // namespace

uint64_t n_unmeasured(const air_tensor_pair &pair) {
  return std::isnan(pair.quantum) ? pair.n_values - pair.bins[0] : 0;
}

bool is_incomparable(const air_tensor_pair &pair) {
  return std::isnan(pair.quantum) && pair.n_values == 0 && pair.reference->n_elements > 0;
}

bool is_incomparable(const air_node_pair &pair) {
  return pair.reference != nullptr && pair.other != nullptr && pair.n_tensors == 0;
}

bool is_mostly_lost(const air_tensor_pair &output) {
  return 2 * output.n_lost > output.n_parts;
}

bool is_within(const air_tensor_pair &output) {
  const bool has_values = output.n_values > 0 || output.reference->n_elements == 0;
  if (is_mostly_lost(output)) return false;
  return output.broken == 0 && output.n_not_finite == 0 && n_unmeasured(output) == 0 && has_values;
}

bool is_destroyed(const air_tensor_pair &input) {
  constexpr double most_error = 0.1;  // norm(e) / norm(r): ten times what 8 bits cost a picture
  constexpr double most_clipped = 0.1;
  const bool became_constant = input.reference_values.std > 0 && input.other_values.std == 0 && input.n_values > 1;
  const bool quantized_to_one =
      input.quantizer != nullptr && input.reference_values.std > 0 && input.quantizer_min == input.quantizer_max;
  return input.metrics[AIR_METRIC_L2R] > most_error || input.quantizer_error > most_error ||
         input.clipped > most_clipped || became_constant || quantized_to_one;
}

std::string lost_text(const air_tensor_pair &output) {
  return fmt::format("output {} lost {} of {} parts along dimension {}: they are constant, since one step is {:.3g}",
                     output.reference->name, output.n_lost, output.n_parts, output.lost_axis + 1, output.quantum);
}

uint64_t n_not_finite(const air_tensor_pair &input) {
  const air_value_summary &ours = input.reference_values, &theirs = input.other_values;
  return std::max(ours.n_nan + ours.n_inf, theirs.n_nan + theirs.n_inf);
}

std::string verdict_text(const air_comparison &comparison) {
  std::string text = not_finite_text(comparison) + constant_text(comparison);
  text += comparison.conclusion == AIR_CONCLUSION_NONE ? no_verdict_text(comparison)
                                                       : outputs_text(comparison) + nodes_text(comparison);
  if (text[0] >= 'a' && text[0] <= 'z') text[0] = static_cast<char>(text[0] - 32);
  return text;
}

std::string limit_text(const air_limit &limit) {
  const char *name = air_metric_name(limit.metric);
  if (!std::isfinite(limit.max)) return fmt::format("{} >= {}", name, limit.min);
  if (!std::isfinite(limit.min)) return fmt::format("{} <= {}", name, limit.max);
  return fmt::format("{} <= {} <= {}", limit.min, name, limit.max);
}

std::vector<std::string> match_names(uint32_t match) {
  constexpr std::array<std::pair<uint32_t, const char *>, 5> names = {{{AIR_MATCH_NAME, "name"},
                                                                       {AIR_MATCH_LAYER, "id"},
                                                                       {AIR_MATCH_OPERATION, "type"},
                                                                       {AIR_MATCH_VALUES, "values"},
                                                                       {AIR_MATCH_ORDER, "order"}}};
  std::vector<std::string> result;
  for (const auto &[bit, name] : names) {
    if ((match & bit) != 0) result.emplace_back(name);
  }
  return result;
}

std::vector<std::string> broken_names(const air_tensor_pair &pair) {
  std::vector<std::string> result;
  for (uint32_t i = 0; i < pair.n_metrics; ++i) {
    if ((pair.broken >> i & 1U) != 0) result.emplace_back(air_metric_name(static_cast<air_metric>(i)));
  }
  return result;
}

std::string node_text(const air_node &node) {
  const std::string_view tensor = node.n_outputs > 0 ? node.outputs[0]->name : "";
  if (tensor == node.name || only_counts(tensor)) return node.name;
  return fmt::format("{} ({})", node.name, tensor);
}

}  // namespace air::report
