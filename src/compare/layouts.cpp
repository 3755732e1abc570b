// SPDX-License-Identifier: BSD-3-Clause
// Which tensors of two nodes belong together, and how the one is brought to the order of the other.
#include "compare/layouts.h"

#include <algorithm>
#include <array>
#include <limits>

#include "common/dtype.h"

namespace air {
namespace {

constexpr double kClearly = 0.5;  // of the error of any other way

struct Choice {
  std::vector<Reordering> ways;
  size_t best = 0;
  bool is_clear = true;  // the shapes tell, or the values
};

Choice choose(const Values &reference, const Values &other, std::optional<air_layout> known) {
  Choice choice{known_ways(loose_reorderings(reference.tensor, other.tensor), known)};
  if (choice.ways.size() < 2 || only_stored(reference.tensor, other.tensor)) return choice;
  const Reals ours = spread_reals(samples_of(reference, 0, 1), {}, kMostCompared);
  std::vector<double> errors;
  for (const Reordering &way : choice.ways) {
    const Reals theirs = spread_reals(samples_of(other, 0, 1), way, kMostCompared);
    errors.push_back(relative_error(ours, theirs, ours.size(), {}));
  }
  choice.best = static_cast<size_t>(std::ranges::min_element(errors) - errors.begin());
  double second = std::numeric_limits<double>::infinity();
  for (size_t i = 0; i < errors.size(); ++i) {
    if (i != choice.best) second = std::min(second, errors[i]);
  }
  choice.is_clear = errors[choice.best] < kClearly * second;
  return choice;
}

// A float of the one that is a small integer of the other was quantized, and nobody tells how.
bool is_quantized_untold(const air_tensor &a, const air_tensor &b) {
  const auto is_small_integer = [](const air_tensor &tensor) {
    return tensor.encoding == AIR_ENCODING_PLAIN && tensor.dtype != AIR_DTYPE_BOOL && !is_floating(tensor.dtype) &&
           air_dtype_bits(tensor.dtype) <= 16;
  };
  return (is_floating(a.dtype) && is_small_integer(b)) || (is_floating(b.dtype) && is_small_integer(a));
}

bool has_channels(const Values &values) {
  return essential_shape(values.tensor).size() > 1;
}

}  // namespace

std::vector<PairedTensor> pair_tensors(const std::vector<Match> &matches, const Side &reference, const Side &other,
                                       std::optional<air_layout> known) {
  std::vector<PairedTensor> pairs;
  std::vector<Choice> choices;
  std::array<size_t, AIR_LAYOUT_FROM_CHANNEL_LAST + 1> votes{};
  for (size_t m = 0; m < matches.size(); ++m) {
    if (!matches[m].reference || !matches[m].other) continue;
    const std::vector<Values> &ours = reference.nodes[*matches[m].reference].outputs;
    const std::vector<Values> &theirs = other.nodes[*matches[m].other].outputs;
    for (uint32_t t = 0; t < std::min(ours.size(), theirs.size()); ++t) {
      if (n_reals(ours[t].tensor) != n_reals(theirs[t].tensor)) break;
      if (is_quantized_untold(ours[t].tensor, theirs[t].tensor)) continue;
      if (only_stored(ours[t].tensor, theirs[t].tensor) && !stored_alike(ours[t].tensor, theirs[t].tensor)) continue;
      const Choice &choice = choices.emplace_back(choose(ours[t], theirs[t], known));
      pairs.push_back({m, t, choice.ways[choice.best]});
      if (choice.is_clear && has_channels(ours[t]) && has_channels(theirs[t])) ++votes.at(pairs.back().way.layout);
    }
  }
  const auto usual = static_cast<air_layout>(std::ranges::max_element(votes) - votes.begin());
  for (size_t i = 0; i < pairs.size(); ++i) {
    const auto way = std::ranges::find(choices[i].ways, usual, &Reordering::layout);
    if (!choices[i].is_clear && way != choices[i].ways.end()) pairs[i].way = *way;
  }
  return pairs;
}

}  // namespace air
