// SPDX-License-Identifier: BSD-3-Clause
// Which node of one result is which node of the other: the alignment of both sequences that has most in its favour.
#include "compare/mapping.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "common/operators.h"
#include "common/tensor_facts.h"
#include "text/descriptions.h"

namespace air {
namespace {

constexpr double kImpossible = -1;
constexpr double kLeastAgreement = 0.5;
constexpr size_t kMostCrossing = size_t{1} << 16;  // pairs that are looked through
constexpr uint64_t kMostForMatch = 1'024;          // of each pair, and there are many
constexpr double kAsGoodAsEqual = 0.95;            // agreement of values
constexpr double kClearly = 0.1;                   // more of it

constexpr const char *kMatmul = "matmul";

// Many values are 0, and none below. Those that are quantized have many that are equal to any least value.
bool has_floor(const Reals &values) {
  constexpr std::ptrdiff_t part = 20;
  constexpr double step = 1.0 / 256;  // of the range
  if (values.empty()) return false;
  const auto [least, most] = std::ranges::minmax(values);
  const double near = step * (most - least);
  const auto is_near = [&, floor = least](double value) { return value <= floor + near; };
  return least >= 0 && least <= near && part * std::ranges::count_if(values, is_near) > std::ssize(values);
}

// What is known of a node, prepared once.
struct Traits {
  const air_node &node;
  const air_tensor &tensor;  // the first output
  std::string name;          // "" when it says nothing
  std::string kind;          // letters of the operator
  uint64_t size;
  Values values;

  // Some values: all of all nodes would be more than the nodes themselves take.
  const Reals &spread(const Reordering &way) const {
    const auto [place, is_new] = spread_.try_emplace({way.layout, way.n_channels});
    if (is_new) place->second = spread_reals(values, way, kMostForMatch);
    return place->second;
  }
  // Whether an activation left its least value of all that was below.
  bool is_cut() const {
    if (!is_cut_) is_cut_ = !lacks_scales(tensor) && has_floor(spread({}));
    return *is_cut_;
  }
  mutable std::map<std::pair<air_layout, uint64_t>, Reals> spread_ = {};
  mutable std::optional<bool> is_cut_ = {};
};

// What runtimes call differently.
std::string common_kind(const std::string &letters) {
  constexpr std::string_view quantized = "qlinear";  // QLinearConv, which is no linear layer
  std::string kind = letters.starts_with(quantized) ? letters.substr(quantized.size()) : letters;
  for (const char *name : {"fullyconnected", "gemm", "matmul", "dense", "linear"}) {
    if (kind.find(name) != std::string::npos && kind.find("quantize") == std::string::npos) return kMatmul;
  }
  return kind;
}

Traits traits_of(const NodeValues &values, uint64_t n_samples) {
  const air_tensor &tensor = values.outputs.front().tensor;
  std::string name = tensor.name;
  if (only_counts(name)) name = values.node.name;
  if (only_counts(name)) name.clear();
  return {values.node,     tensor,
          std::move(name), common_kind(operator_letters(values.node.operation)),
          n_reals(tensor), samples_of(values.outputs.front(), 0, n_samples)};
}

std::vector<Traits> traits_of(const Side &side, uint64_t n_samples) {
  std::vector<Traits> traits;
  for (const NodeValues &node : side.nodes) traits.push_back(traits_of(node, n_samples));
  return traits;
}

// "ST.AI" of "ST.AI (st-ai api)": layers have the same numbers within.
std::string_view family(const Side &side) {
  const std::string_view name = property(side.model, "runtime");
  return name.substr(0, name.find(" ("));
}

bool same_kind(const std::string &a, const std::string &b) {
  constexpr size_t shortest = 3;
  if (std::min(a.size(), b.size()) < shortest) return false;
  if (a == kMatmul || b == kMatmul) return a == b;  // no multiplication of elements
  return a.find(b) != std::string::npos || b.find(a) != std::string::npos;
}

// A sum or product of two computed values is no convolution or matrix product.
bool are_of_other_kinds(const Traits &a, const Traits &b) {
  const auto combines = [](const Traits &traits) {
    const auto is_part = [&](const char *kind) { return traits.kind.find(kind) != std::string::npos; };
    return traits.node.n_inputs > 1 && traits.kind != kMatmul && (is_part("add") || is_part("sub") || is_part("mul"));
  };
  const auto has_weights = [](const Traits &traits) {
    return traits.kind == kMatmul || traits.kind.find("conv") != std::string::npos;
  };
  return (combines(a) && has_weights(b)) || (has_weights(a) && combines(b));
}

// How far operators tell that two nodes belong together, beside values. A node that ends with an activation is its partner's activation rather than what comes
// before that.
double operation_weight(const Traits &a, const Traits &b) {
  if (same_kind(a.kind, b.kind)) return a.is_cut() == b.is_cut() ? 0.25 : 0.1;
  return (is_activation(a.node) || is_activation(b.node)) && a.is_cut() && b.is_cut() ? 0.2 : 0;
}

// 1 for equal values, 0 for unlike ones.
double value_agreement(const Traits &a, const Traits &b) {
  if (only_stored(a.tensor, b.tensor)) {
    const bool alike = stored_alike(a.tensor, b.tensor);
    return alike && std::memcmp(a.values.data, b.values.data, a.tensor.size_bytes) == 0 ? 1 : 0;
  }
  const std::vector<Reordering> ways = loose_reorderings(a.tensor, b.tensor);
  constexpr double clearly = 0.9;
  constexpr uint64_t all = std::numeric_limits<uint64_t>::max();
  const Reals &ours = a.spread({});
  double least = relative_error(ours, b.spread(ways.front()), ours.size(), {}, all);
  for (const Reordering &way : std::span(ways).subspan(1)) {
    const double error = relative_error(ours, b.spread(way), ours.size(), {}, all);
    if (error < clearly * least) least = error;
  }
  return std::max(0.0, 1 - least);
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
  if (evidence.agreement < kAsGoodAsEqual && are_of_other_kinds(a, b)) evidence.agreement = 0;
  if (!a.name.empty() && a.name == b.name) evidence.reasons |= AIR_MATCH_NAME;
  if (same_family && a.node.layer >= 0 && a.node.layer == b.node.layer) evidence.reasons |= AIR_MATCH_LAYER;
  const double operation = operation_weight(a, b);
  if (operation > 0) evidence.reasons |= AIR_MATCH_OPERATION;
  if (evidence.agreement >= kLeastAgreement) evidence.reasons |= AIR_MATCH_VALUES;
  if (evidence.reasons == 0) return evidence;
  const auto weight = [&](uint32_t reason, double value) { return (evidence.reasons & reason) != 0 ? value : 0; };
  evidence.reasons |= AIR_MATCH_ORDER;
  // Equal values elsewhere outweigh a name: a convolution may be called as the one fused with its activation.
  // Values before an activation are often within 10 % of those behind it, and must not win by the kind of the operator.
  evidence.score = 2 * (1 - std::sqrt(1 - evidence.agreement)) + weight(AIR_MATCH_NAME, 1) +
                   weight(AIR_MATCH_LAYER, 0.5) + operation + (a.tensor.dtype == b.tensor.dtype ? 0.05 : 0);
  return evidence;
}

// Independent reasons: they are all wrong only if each is.
double confidence_of(const Evidence &evidence) {
  const auto doubt = [&](uint32_t reason, double value) { return (evidence.reasons & reason) != 0 ? 1 - value : 1; };
  return 1 - doubt(AIR_MATCH_NAME, 0.8) * doubt(AIR_MATCH_LAYER, 0.7) * doubt(AIR_MATCH_OPERATION, 0.3) *
                 doubt(AIR_MATCH_ORDER, 0.2) * doubt(AIR_MATCH_VALUES, 0.9 * evidence.agreement);
}

// What a node may be found by on the other side: a name, or else the layer within a family. "" for neither.
std::string key_of(const Traits &node, bool same_family) {
  if (!node.name.empty()) return node.name;
  return same_family && node.node.layer >= 0 ? fmt::format("\n{}", node.node.layer) : "";
}

// Places of the keys that only one node of a side has.
std::unordered_map<std::string, size_t> unique_keys(const std::vector<Traits> &nodes, bool same_family) {
  constexpr size_t several = std::numeric_limits<size_t>::max();
  std::unordered_map<std::string, size_t> places;
  for (size_t i = 0; i < nodes.size(); ++i) {
    const auto [place, is_new] = places.emplace(key_of(nodes[i], same_family), i);
    if (!is_new) place->second = several;
  }
  std::erase_if(places, [](const auto &item) { return item.first.empty() || item.second == several; });
  return places;
}

using Pairs = std::vector<std::pair<size_t, size_t>>;

// Pairs of nodes that have their key to themselves on both sides, and as many elements; ascending on the first side.
Pairs with_unique_keys(const std::vector<Traits> &a, const std::vector<Traits> &b, bool same_family) {
  const auto others = unique_keys(b, same_family);
  Pairs known;
  for (const auto &[key, i] : unique_keys(a, same_family)) {
    const auto other = others.find(key);
    if (other != others.end() && a[i].size == b[other->second].size) known.emplace_back(i, other->second);
  }
  std::sort(known.begin(), known.end());
  return known;
}

// Whether ids are those of one original model. Runtimes that run a file as it is count its nodes, and a file that a tool made of another one
// has more or fewer: then most nodes of equal names have other ids.
bool same_layers(const std::vector<Traits> &a, const std::vector<Traits> &b) {
  const Pairs named = with_unique_keys(a, b, false);
  const auto n_equal = std::ranges::count_if(
      named, [&](const auto &pair) { return a[pair.first].node.layer == b[pair.second].node.layer; });
  return 2 * n_equal >= std::ssize(named);
}

// The most of the pairs, which ascend on the first side, that ascend on the second too.
Pairs longest_ascent(const Pairs &pairs) {
  std::vector<size_t> ends;  // by length: the pair that a run of it ends with, the lowest there is
  std::vector<size_t> before(pairs.size());
  for (size_t k = 0; k < pairs.size(); ++k) {
    const auto place = std::lower_bound(ends.begin(), ends.end(), k,
                                        [&](size_t a, size_t b) { return pairs[a].second < pairs[b].second; });
    before[k] = place == ends.begin() ? k : *(place - 1);
    place == ends.end() ? ends.push_back(k) : void(*place = k);
  }
  Pairs result;
  for (size_t length = ends.size(), k = ends.empty() ? 0 : ends.back(); length-- > 0; k = before[k]) {
    result.push_back(pairs[k]);
  }
  std::reverse(result.begin(), result.end());
  return result;
}

// Which nodes of the other side each node of the reference is held against: all of them in networks of usual size; else those about where
// unique names, or without them the lengths of both sides, let it be expected.
class Window {
 public:
  Window(const std::vector<Traits> &a, const std::vector<Traits> &b, bool same_family)
      : height_(a.size()), end_(b.size()) {
    width_ = end_;
    if (height_ * end_ <= kMostPairs) return;
    width_ = std::min(end_, 2 * kReach + 1);
    Pairs known = longest_ascent(with_unique_keys(a, b, same_family));
    known.emplace_back(height_, end_);
    size_t from_i = 0;
    size_t from_j = 0;
    for (const auto &[i, j] : known) {  // straight between what is known
      for (size_t k = from_i; k < i; ++k) centre(from_j + (k - from_i) * (j - from_j) / (i - from_i));
      from_i = i;
      from_j = j;
    }
  }

  size_t width() const { return width_; }
  size_t begin(size_t i) const { return begins_.empty() ? 0 : begins_[std::min(i, height_ - 1)]; }
  bool contains(size_t i, size_t j) const { return j >= begin(i) && j - begin(i) < width_; }

 private:
  static constexpr size_t kMostPairs = size_t{1} << 20;
  static constexpr size_t kReach = 128;

  void centre(size_t j) { begins_.push_back(std::min(j < kReach ? 0 : j - kReach, end_ - width_)); }

  size_t height_, end_, width_;
  std::vector<size_t> begins_;  // ascending; none: all from 0
};

class Mapping {
 public:
  Mapping(const Side &reference, const Side &other)
      : a_(traits_of(reference, std::min(reference.n_samples, other.n_samples))),
        b_(traits_of(other, std::min(reference.n_samples, other.n_samples))),
        same_family_(family(reference) == family(other) && same_layers(a_, b_)),
        window_(a_, b_, same_family_) {
    align();
    part_activations();
    pair_crossing_names();
    pair_crossing_values();
    part_echoes();
    move_to_activations();
  }

  std::vector<Match> merged() const;

 private:
  Evidence evidence(size_t i, size_t j) const { return evidence_for(a_[i], b_[j], same_family_); }
  void align();
  void part_activations();
  bool has_equal(const std::optional<size_t> &i, const std::optional<size_t> &j) const;
  void pair_crossing_names();
  void pair_crossing_values();
  void part_echoes();
  void move_to_activations();

  std::vector<Traits> a_, b_;
  bool same_family_;
  Window window_;
  std::map<size_t, size_t> partner_;  // of a node of the reference
  std::map<size_t, size_t> taken_;    // the other way
};

// The pairs in order with the largest sum of scores, by dynamic programming within the window.
void Mapping::align() {
  const size_t width = window_.width();
  const size_t columns = width + 1;  // the last: behind the window
  std::vector<double> scores(a_.size() * width);
  std::vector<double> best((a_.size() + 1) * columns, 0);  // of what follows the first i and j nodes
  // Before the window nothing is paired any more: windows ascend.
  const auto best_at = [&](size_t i, size_t j) -> double & {
    return best[i * columns + std::max(j, window_.begin(i)) - window_.begin(i)];
  };
  const auto score_at = [&](size_t i, size_t j) -> double & { return scores[i * width + j - window_.begin(i)]; };
  for (size_t i = a_.size(); i-- > 0;) {
    const size_t begin = window_.begin(i);
    best_at(i, begin + width) = best_at(i + 1, begin + width);
    for (size_t j = begin + width; j-- > begin;) {
      const double score = score_at(i, j) = evidence(i, j).score;
      double &here = best_at(i, j) = std::max(best_at(i + 1, j), best_at(i, j + 1));
      if (score >= 0) here = std::max(here, score + best_at(i + 1, j + 1));
    }
  }
  for (size_t i = 0, j = 0; i < a_.size() && j < b_.size();) {
    j = std::max(j, window_.begin(i));
    if (!window_.contains(i, j)) {
      ++i;
      continue;
    }
    const double here = best_at(i, j);
    const double score = score_at(i, j);
    if (score >= 0 && here == score + best_at(i + 1, j + 1)) {
      partner_[i] = j;
      taken_[j++] = i++;
    } else {
      here == best_at(i + 1, j) ? ++i : ++j;
    }
  }
}

// Whether both are a pair by their values.
bool Mapping::has_equal(const std::optional<size_t> &i, const std::optional<size_t> &j) const {
  return i && j && (evidence(*i, *j).reasons & AIR_MATCH_VALUES) != 0;
}

// An activation alone belongs to the node before it: where that has a partner by its values, another one by kind only is none.
void Mapping::part_activations() {
  const auto partner_in = [](const std::map<size_t, size_t> &pairs, size_t node) -> std::optional<size_t> {
    const auto found = node == 0 ? pairs.end() : pairs.find(node - 1);
    return found == pairs.end() ? std::nullopt : std::optional(found->second);
  };
  std::erase_if(partner_, [&](const auto &pair) {
    const auto [i, j] = pair;
    constexpr uint32_t others = AIR_MATCH_VALUES | AIR_MATCH_NAME | AIR_MATCH_LAYER;
    if (is_activation(a_[i].node) == is_activation(b_[j].node) || (evidence(i, j).reasons & others) != 0) return false;
    const bool belongs_elsewhere =
        is_activation(a_[i].node) ? has_equal(i - 1, partner_in(partner_, i)) : has_equal(partner_in(taken_, j), j - 1);
    if (belongs_elsewhere) taken_.erase(j);
    return belongs_elsewhere;
  });
}

// Branches may be executed in another order, which an alignment cannot follow; a name that is unique can.
void Mapping::pair_crossing_names() {
  std::unordered_map<std::string_view, std::vector<size_t>> named;
  for (size_t j = 0; j < b_.size(); ++j) named[b_[j].name].push_back(j);
  for (size_t i = 0; i < a_.size(); ++i) {
    const auto found = named.find(a_[i].name);
    if (partner_.contains(i) || a_[i].name.empty() || found == named.end()) continue;
    std::vector<size_t> namesakes = found->second;
    std::erase_if(namesakes,
                  [&](size_t j) { return taken_.contains(j) || b_[j].size != a_[i].size || a_[i].size == 0; });
    if (namesakes.size() != 1) continue;
    partner_[i] = namesakes[0];
    taken_[namesakes[0]] = i;
  }
}

// So can values that are as good as equal, and clearly more so than those of the pairs that the alignment has. Who loses its partner looks again.
void Mapping::pair_crossing_values() {
  if (a_.size() * b_.size() > kMostCrossing) return;
  const auto agreement_of = [this](size_t i) {
    const auto partner = partner_.find(i);
    return partner == partner_.end() ? 0 : evidence(i, partner->second).agreement;
  };
  std::vector<size_t> open;
  for (size_t i = 0; i < a_.size(); ++i) {
    if (agreement_of(i) < kAsGoodAsEqual) open.push_back(i);
  }
  while (!open.empty()) {
    const size_t i = open.back();
    open.pop_back();
    double best = std::max(kAsGoodAsEqual, agreement_of(i) + kClearly);
    std::optional<size_t> found;
    for (size_t j = 0; j < b_.size(); ++j) {
      const Evidence found_here = evidence(i, j);
      const auto owner = taken_.find(j);
      const double theirs = owner == taken_.end() ? 0 : evidence(owner->second, j).agreement;
      if (found_here.agreement <= best || found_here.agreement < theirs + kClearly) continue;
      best = found_here.agreement;
      found = j;
    }
    if (!found) continue;
    if (const auto owner = taken_.find(*found); owner != taken_.end()) {
      partner_.erase(owner->second);
      open.push_back(owner->second);
    }
    if (const auto old = partner_.find(i); old != partner_.end()) taken_.erase(old->second);
    partner_[i] = *found;
    taken_[*found] = i;
  }
}

// What brings back a quantized value repeats it. Where one of the two has the partner whose values these are, what is left over is none for the other.
void Mapping::part_echoes() {
  constexpr size_t reach = 3;
  std::vector<size_t> parted;
  for (const auto &[i, j] : partner_) {
    const Evidence own = evidence(i, j);
    if ((own.reasons & AIR_MATCH_NAME) != 0 || own.agreement > kAsGoodAsEqual - kClearly) continue;
    for (size_t near = j < reach ? 0 : j - reach; near < std::min(j + reach + 1, b_.size()); ++near) {
      const auto owner = taken_.find(near);
      if (near == j || owner == taken_.end() || evidence(owner->second, j).agreement < kAsGoodAsEqual) continue;
      parted.push_back(i);
      break;
    }
  }
  for (const size_t i : parted) {
    taken_.erase(partner_.at(i));
    partner_.erase(i);
  }
}

// Whether this is an activation alone of the node before it.
bool is_activation_of_previous(const std::vector<Traits> &nodes, size_t k) {
  if (k == 0 || !is_activation(nodes[k].node)) return false;
  const air_node &node = nodes[k].node;
  return node.n_inputs == 0 || std::string_view(node.inputs[0]->name) == nodes[k - 1].tensor.name;
}

// Of a node and its activation without a partner, the latter is computed by the partner if it has these values just as well: a few values that are
// all above 0 do not tell, and kernels are fused with their activations.
void Mapping::move_to_activations() {
  // `pairs` leads from the nodes of one side, `back` from the others.
  const auto move = [](const std::vector<Traits> &nodes, std::map<size_t, size_t> &pairs,
                       std::map<size_t, size_t> &back, const auto &agreement) {
    for (size_t k = 1; k < nodes.size(); ++k) {
      const auto before = pairs.find(k - 1);
      if (!is_activation_of_previous(nodes, k) || pairs.contains(k) || before == pairs.end()) continue;
      const size_t partner = before->second;
      if (agreement(k, partner) < std::max(agreement(k - 1, partner), kAsGoodAsEqual)) continue;
      pairs.erase(before);
      pairs[k] = partner;
      back[partner] = k;
    }
  };
  move(a_, partner_, taken_, [this](size_t i, size_t j) { return evidence(i, j).agreement; });
  move(b_, taken_, partner_, [this](size_t j, size_t i) { return evidence(i, j).agreement; });
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
    const Evidence reasons = evidence(i, found->second);
    result.push_back({i, static_cast<uint32_t>(found->second), reasons.reasons, confidence_of(reasons)});
  }
  show_alone(b_.size());
  return result;
}

}  // namespace

std::vector<Match> match_nodes(const Side &reference, const Side &other) {
  return Mapping(reference, other).merged();
}

}  // namespace air
