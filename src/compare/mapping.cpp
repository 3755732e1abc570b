// SPDX-License-Identifier: BSD-3-Clause
// Which node of one capture is which node of the other: the alignment of both sequences that has most in its favour.
#include "mapping.h"

#include <algorithm>
#include <cctype>
#include <map>
#include <string>
#include <string_view>

#include "texts.h"

namespace air {
namespace {

constexpr double kImpossible = -1;
constexpr double kLeastAgreement = 0.5;
constexpr uint64_t kMostForMatch = 1'024;  // of each pair, and there are as many as the product of both sides

// What is known of a node, prepared once.
struct Traits {
  const air_node_info *info;
  const air_tensor_info *tensor;  // the first output
  std::string name;               // "" when it says nothing
  std::string kind;               // letters of the operator
  uint64_t size;
  Reals first_sample;
};

// "Conv2D (0x103)" and "CONV_2D (3)" are "convd".
std::string kind_of(std::string_view description) {
  std::string kind;
  for (const char c : description.substr(0, description.find(' '))) {
    if (std::isalpha(static_cast<unsigned char>(c)) != 0) kind += static_cast<char>(std::tolower(c));
  }
  return kind;
}

Traits traits_of(const air_captured_node &node) {
  const air_tensor_info &tensor = *node.info->outputs[0];
  std::string name = tensor.name;
  if (report::only_counts(name)) name = node.info->name;
  if (report::only_counts(name)) name.clear();
  return {node.info,       &tensor,
          std::move(name), kind_of(node.info->description),
          n_reals(tensor), real_numbers({tensor, node.data[0], 1})};
}

std::vector<Traits> traits_of(const air_capture &capture) {
  std::vector<Traits> traits;
  for (uint32_t i = 0; i < capture.n_nodes; ++i) traits.push_back(traits_of(*capture.nodes[i]));
  return traits;
}

// "ST.AI" of "ST.AI (st-ai api)": layers have the same numbers within.
std::string_view family(const air_capture &capture) {
  const std::string_view name = capture.info->runtime->name;
  return name.substr(0, name.find(" ("));
}

bool same_kind(const std::string &a, const std::string &b) {
  constexpr size_t shortest = 3;
  if (std::min(a.size(), b.size()) < shortest) return false;
  return a.find(b) != std::string::npos || b.find(a) != std::string::npos;
}

// 1 for equal values, 0 for unlike ones.
double value_agreement(const Traits &a, const Traits &b) {
  const std::vector<Reordering> ways = loose_reorderings(*a.tensor, *b.tensor);
  const Reordering way = best_reordering(a.first_sample, b.first_sample, b.size, ways, kMostForMatch);
  return std::max(0.0, 1 - relative_error(a.first_sample, b.first_sample, b.size, way, kMostForMatch));
}

struct Evidence {
  uint32_t reasons = 0;
  double agreement = 0;
  double score = kImpossible;
};

Evidence evidence_for(const Traits &a, const Traits &b, bool same_family) {
  Evidence evidence;
  if (a.size != b.size || a.size == 0) return evidence;
  evidence.agreement = value_agreement(a, b);
  if (!a.name.empty() && a.name == b.name) evidence.reasons |= AIR_MATCH_NAME;
  if (same_family && a.info->id >= 0 && a.info->id == b.info->id) evidence.reasons |= AIR_MATCH_ID;
  if (same_kind(a.kind, b.kind)) evidence.reasons |= AIR_MATCH_TYPE;
  if (evidence.agreement >= kLeastAgreement) evidence.reasons |= AIR_MATCH_VALUES;
  if (evidence.reasons == 0) return evidence;
  const auto weight = [&](uint32_t reason, double value) { return (evidence.reasons & reason) != 0 ? value : 0; };
  evidence.reasons |= AIR_MATCH_ORDER;
  // Equal values elsewhere outweigh a name: a convolution may be called as the one fused with its activation.
  evidence.score = 2 * evidence.agreement + weight(AIR_MATCH_NAME, 1) + weight(AIR_MATCH_ID, 0.5) +
                   weight(AIR_MATCH_TYPE, 0.25) + (a.tensor->dtype == b.tensor->dtype ? 0.05 : 0);
  return evidence;
}

// Independent reasons: they are all wrong only if each is.
double confidence_of(const Evidence &evidence) {
  const auto doubt = [&](uint32_t reason, double value) { return (evidence.reasons & reason) != 0 ? 1 - value : 1; };
  return 1 - doubt(AIR_MATCH_NAME, 0.8) * doubt(AIR_MATCH_ID, 0.7) * doubt(AIR_MATCH_TYPE, 0.3) *
                 doubt(AIR_MATCH_ORDER, 0.2) * doubt(AIR_MATCH_VALUES, 0.9 * evidence.agreement);
}

class Mapping {
 public:
  Mapping(const air_capture &reference, const air_capture &other)
      : a_(traits_of(reference)), b_(traits_of(other)), evidence_(a_.size() * b_.size()) {
    const bool same_family = family(reference) == family(other);
    for (size_t i = 0; i < a_.size(); ++i) {
      for (size_t j = 0; j < b_.size(); ++j) evidence_[i * b_.size() + j] = evidence_for(a_[i], b_[j], same_family);
    }
    align();
    pair_crossing_names();
  }

  std::vector<Match> merged() const;

 private:
  const Evidence &at(size_t i, size_t j) const { return evidence_[i * b_.size() + j]; }
  void align();
  void pair_crossing_names();

  std::vector<Traits> a_, b_;
  std::vector<Evidence> evidence_;
  std::map<size_t, size_t> partner_;  // of a node of the reference
  std::map<size_t, size_t> taken_;    // the other way
};

// The pairs in order with the largest sum of scores, by dynamic programming.
void Mapping::align() {
  const size_t width = b_.size() + 1;
  std::vector<double> best((a_.size() + 1) * width, 0);  // of what follows the first i and j nodes
  for (size_t i = a_.size(); i-- > 0;) {
    for (size_t j = b_.size(); j-- > 0;) {
      best[i * width + j] = std::max(best[(i + 1) * width + j], best[i * width + j + 1]);
      if (at(i, j).score < 0) continue;
      best[i * width + j] = std::max(best[i * width + j], at(i, j).score + best[(i + 1) * width + j + 1]);
    }
  }
  for (size_t i = 0, j = 0; i < a_.size() && j < b_.size();) {
    const double here = best[i * width + j];
    if (at(i, j).score >= 0 && here == at(i, j).score + best[(i + 1) * width + j + 1]) {
      partner_[i] = j;
      taken_[j++] = i++;
    } else {
      here == best[(i + 1) * width + j] ? ++i : ++j;
    }
  }
}

// Branches may be executed in another order, which an alignment cannot follow; a name that is unique can.
void Mapping::pair_crossing_names() {
  for (size_t i = 0; i < a_.size(); ++i) {
    if (partner_.contains(i)) continue;
    std::vector<size_t> namesakes;
    for (size_t j = 0; j < b_.size(); ++j) {
      if ((at(i, j).reasons & AIR_MATCH_NAME) != 0 && !taken_.contains(j)) namesakes.push_back(j);
    }
    if (namesakes.size() != 1) continue;
    partner_[i] = namesakes[0];
    taken_[namesakes[0]] = i;
  }
}

std::vector<Match> Mapping::merged() const {
  std::vector<Match> result;
  uint32_t next = 0;  // node of the other side to be shown
  const auto show_alone = [&](size_t end) {
    for (; next < end; ++next) {
      if (!taken_.contains(next)) result.push_back({std::nullopt, next, 0, 0});
    }
  };
  for (uint32_t i = 0; i < a_.size(); ++i) {
    const auto found = partner_.find(i);
    if (found == partner_.end()) {
      result.push_back({i, std::nullopt, 0, 0});
      continue;
    }
    show_alone(found->second);
    const Evidence &evidence = at(i, found->second);
    result.push_back({i, static_cast<uint32_t>(found->second), evidence.reasons, confidence_of(evidence)});
  }
  show_alone(b_.size());
  return result;
}

}  // namespace

std::vector<Match> match_nodes(const air_capture &reference, const air_capture &other) {
  return Mapping(reference, other).merged();
}

}  // namespace air
