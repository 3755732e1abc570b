// SPDX-License-Identifier: BSD-3-Clause
// Every node of one side judged by itself. The method is told in docs/compare.md.
#include "compare/local/judgement.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <map>
#include <numeric>
#include <set>
#include <utility>

#include "common/dtype.h"
#include "common/error.h"
#include "common/shape.h"
#include "compare/inputs.h"
#include "compare/local/expectation.h"
#include "compare/local/weights.h"
#include "compare/operators.h"
#include "text/descriptions.h"

namespace air::local {
namespace {

// From the finest to the coarsest.
constexpr std::array<Scheme, 9> kSchemes = {{{"none", "none", Rounding::kNone},
                                             {"float16", "float16", Rounding::kNone},
                                             {"int8-channel", "int8-channel", Rounding::kNone},
                                             {"int8-tensor", "int8-tensor", Rounding::kNone},
                                             {"uint8-tensor", "uint8-tensor", Rounding::kNone},
                                             {"int8-channel, inputs to int8", "int8-channel", Rounding::kDynamic},
                                             {"int8-tensor, inputs to int8", "int8-tensor", Rounding::kDynamic},
                                             {"uint8-tensor, inputs to int8", "uint8-tensor", Rounding::kDynamic},
                                             {"int4", "int4", Rounding::kNone}}};
constexpr size_t kNone = 0, kInt8 = 2, kDynamicInt8 = 5;
constexpr size_t kOf8Bits =
    3;  // ways to round weights to 8 bits, the finest first: what tells one of them may have another
constexpr double kMostTypical = 1.5;  // ratio of nodes of which most are healthy and rounded as they are taken to be
constexpr size_t kFewestTypical = 2;  // nodes that tell what most have
constexpr double kMostWrong =
    0.3;  // of the nodes with weights, before their weights are taken to be others than the judge's
constexpr size_t kFewestWrong = 3;
constexpr int kBothSides = 2;
constexpr const char *kEstimated = "estimated";

constexpr uint64_t kMostBytes = 128 << 20;  // of the data of one part
constexpr uint64_t kProbe = 4;              // samples that other schemes are tried with

using Errors = std::vector<std::optional<LocalError>>;

double rms(const Reals &values) {
  const double sum = std::transform_reduce(values.begin(), values.end(), 0.0, std::plus<>(),
                                           [](double value) { return value * value; });
  return values.empty() ? 0 : std::sqrt(sum / static_cast<double>(values.size()));
}

// norm(converted - values) / norm(values) of a few samples; rms(converted - values) for what goes into an exponential, whose relative errors these are.
double conversion_error(const GivenValues &given, const air_tensor &to, bool for_exponential) {
  const Values values = samples_of(given.values, 0, std::min(kProbe, given.values.n_samples));
  std::vector<std::byte> storage(checked_size(to.size_bytes, values.n_samples));
  convert(values, given.way, to, {}, storage.data());
  const Reals before = reordered<double>(real_numbers(values), n_reals(to), given.way);
  const double error = relative_error(before, real_numbers({to, storage.data(), values.n_samples}), n_reals(to), {});
  if (!std::isfinite(error)) return 0;
  return for_exponential ? error * rms(before) : error;
}

// Samples recomputed with one way to round the weights.
struct Course {
  std::optional<RoundedModel> model;
  std::optional<Recomputation> rounded, exact;
  Errors errors;
  bool is_begun = false;
};

class Judging : public PartsJudged {
 public:
  Judging(const Case &subject, const Judge &judge, const air_connect_options *connect)
      : case_(subject),
        judge_(judge),
        connect_(connect),
        judge_graph_(subject.judge.model),
        actual_graph_(subject.actual.model),
        judge_paired_(subject.judge.model.n_nodes),
        actual_paired_(subject.actual.model.n_nodes) {
    for (const JudgedTensor &tensor : case_.tensors) {
      judge_paired_[tensor.judge_node] = true;
      actual_paired_[tensor.actual_node] = true;
      nodes_.push_back(tensor.judge_node);
    }
    std::ranges::sort(nodes_);
    nodes_.erase(std::unique(nodes_.begin(), nodes_.end()), nodes_.end());
    for (size_t i = 0; i < case_.actual.nodes.size(); ++i) places_[case_.actual.nodes[i].index] = i;
    for (const JudgedTensor &tensor : case_.tensors) rounds_weights_.push_back(rounds_weights(tensor.actual_node));
    told_ = told_scheme();
    // The judge's own weights are rounded then, and nobody has others.
    if (told_ == kNone && std::ranges::any_of(case_.tensors, [this](const JudgedTensor &tensor) {
          return judge_graph_.node(tensor.judge_node).outputs[tensor.judge_output]->encoding != AIR_ENCODING_PLAIN;
        })) {
      refused_ = AIR_ERROR_UNSUPPORTED;
      n_estimated_ = 1;
    }
    find_given();
    find_inputs();
  }

  void add() override;
  Judgement finish() override;
  HeldResult first_sample() const;

 private:
  void find_given();
  void find_inputs();
  Origin received(const JudgedTensor &tensor) const;
  const Values &values_at(const Origin &origin) const;
  bool rounds_weights(uint32_t node) const;
  bool any_in_step(uint32_t node, std::initializer_list<const char *> kinds) const;
  bool quantized_alike() const;
  bool any_quantized() const;
  size_t told_scheme() const;
  std::optional<RoundedModel> open(const Scheme &scheme);
  void begin(Course &course, const Scheme &scheme);
  void run(Course &course, uint64_t n_samples) const;
  Errors errors(const Scheme &scheme, uint64_t n_samples);
  Expected expected(const JudgedTensor &tensor) const;
  double rounding_of_inputs(const air_node &node) const;
  Reals actual_values(const JudgedTensor &tensor, uint64_t first, uint64_t count) const;
  void add(Course &course, const air_result &exact, const air_result *rounded, uint64_t first) const;
  std::vector<size_t> own(const Errors &errors) const;
  void explain(Judgement &result, size_t scheme);
  Suspect suspect(size_t index, const air_result &exact, const air_result *rounded) const;
  HeldResult run_probe(const Judge &judge, Rounding rounding, const Alteration &alteration) const;
  double unexplained(const Errors &errors) const;
  size_t try_others(size_t told, Errors &errors);

  const Case &case_;
  const Judge &judge_;
  const air_connect_options *connect_;
  Graph judge_graph_, actual_graph_;
  Paired judge_paired_, actual_paired_;
  std::vector<uint32_t> nodes_;        // of the judge, ascending
  std::map<uint32_t, size_t> places_;  // of nodes in case_.actual.nodes
  std::vector<GivenValues> given_;
  std::vector<const Values *> inputs_;  // of what is judged, as its nodes read them
  std::vector<bool> rounds_weights_;    // what was judged tells so, by tensor
  size_t told_ = kNone;                 // the scheme
  air_status refused_ = AIR_OK;         // why weights cannot be rounded
  int n_estimated_ = 0;                 // sides with weights that are rounded in an unknown way
  std::optional<Course> told_course_;   // with the scheme that was told, over all parts
};

Origin Judging::received(const JudgedTensor &tensor) const {
  const Origin computed{tensor.actual_node, tensor.actual_output};
  const Origin received = as_read(actual_graph_, computed, actual_paired_);
  return places_.contains(received.node) ? received : computed;
}

const Values &Judging::values_at(const Origin &origin) const {
  return case_.actual.nodes[places_.at(origin.node)].outputs[origin.output];
}

// Nodes of which all outputs have a partner with numbers that can be turned into theirs.
void Judging::find_given() {
  std::map<uint32_t, std::vector<const JudgedTensor *>> by_node;
  for (const JudgedTensor &tensor : case_.tensors) by_node[tensor.judge_node].push_back(&tensor);
  for (const auto &[node, tensors] : by_node) {
    const air_node &described = judge_graph_.node(node);
    const auto has_reals = [&](const JudgedTensor *tensor) {
      const air_tensor &to = *described.outputs[tensor->judge_output];
      return (is_floating(to.dtype) || to.encoding != AIR_ENCODING_PLAIN) && !lacks_scales(to);
    };
    if (tensors.size() != described.n_outputs || !std::ranges::all_of(tensors, has_reals)) continue;
    for (const JudgedTensor *tensor : tensors) {
      given_.push_back({node, tensor->judge_output, values_at(received(*tensor)), tensor->way});
    }
  }
}

void Judging::find_inputs() {
  for (const Values &input : case_.actual.inputs) {
    const std::optional<Origin> read = read_from_input(actual_graph_, input.tensor, actual_paired_);
    const bool known = read && places_.contains(read->node);
    inputs_.push_back(known ? &values_at(*read) : &input);
  }
}

// Whether what was judged computes with weights that are not those of the file, as far as it tells.
bool Judging::rounds_weights(uint32_t node) const {
  const air_node &described = actual_graph_.node(node);
  const auto quantized = [](const air_tensor *tensor) { return tensor->encoding != AIR_ENCODING_PLAIN; };
  return std::any_of(described.outputs, described.outputs + described.n_outputs, quantized) ||
         (described.computes_in != AIR_DTYPE_NONE && !is_floating(described.computes_in)) ||
         any_in_step(node, {"dequantize", "integer", "qlinear", "dynamicquantize"});
}

// Of the node and those without a partner before it, up to the nodes that have one.
bool Judging::any_in_step(uint32_t node, std::initializer_list<const char *> kinds) const {
  std::set<uint32_t> seen = {node};
  std::vector<uint32_t> open = {node};
  while (!open.empty()) {
    const air_node &described = actual_graph_.node(open.back());
    open.pop_back();
    if (std::ranges::any_of(kinds, [&](const char *kind) { return is_like(described, kind); })) return true;
    for (uint32_t i = 0; i < described.n_inputs; ++i) {
      const std::optional<Origin> origin = actual_graph_.origin(*described.inputs[i]);
      if (origin && !actual_paired_[origin->node] && seen.insert(origin->node).second) open.push_back(origin->node);
    }
  }
  return false;
}

// Whether most tensors of both are quantized in the same way, so that most likely the weights are.
bool Judging::quantized_alike() const {
  size_t n_alike = 0;
  size_t n_quantized = 0;
  for (const JudgedTensor &tensor : case_.tensors) {
    const air_tensor &ours = *judge_graph_.node(tensor.judge_node).outputs[tensor.judge_output];
    const air_tensor &theirs = *actual_graph_.node(tensor.actual_node).outputs[tensor.actual_output];
    if (ours.encoding == AIR_ENCODING_PLAIN) continue;
    ++n_quantized;
    if (stored_alike(ours, theirs)) ++n_alike;
  }
  return 2 * n_alike >= n_quantized;
}

// Weights alone may be brought back from any type: only what is quantized on the way tells which.
bool Judging::any_quantized() const {
  return std::ranges::any_of(case_.actual.nodes, [](const NodeValues &node) {
    return std::ranges::any_of(node.outputs,
                               [](const Values &output) { return output.tensor.encoding != AIR_ENCODING_PLAIN; });
  });
}

size_t Judging::told_scheme() const {
  const air_model &model = case_.actual.model;
  const auto rounds_while_running = [](const air_node *node) { return is_like(*node, "dynamicquantize"); };
  if (std::any_of(model.nodes, model.nodes + model.n_nodes, rounds_while_running)) return kDynamicInt8;
  return any_quantized() && std::ranges::find(rounds_weights_, true) != rounds_weights_.end() ? kInt8 : kNone;
}

Expected Judging::expected(const JudgedTensor &tensor) const {
  const Place judge = {judge_graph_, tensor.judge_node, tensor.judge_output};
  const Origin origin = received(tensor);
  const Place actual = {actual_graph_, origin.node, origin.output};
  return expected_of({actual, judge, actual_paired_, judge_paired_}, rounding_of_inputs(judge.described()),
                     n_estimated_);
}

// What converting given values to the judge's own steps makes of them, relative to these.
double Judging::rounding_of_inputs(const air_node &node) const {
  double most = 0;
  for (uint32_t i = 0; i < node.n_inputs; ++i) {
    const std::optional<Origin> origin = judge_graph_.origin(*node.inputs[i]);
    const auto given = std::ranges::find_if(given_, [&](const GivenValues &values) {
      return origin && values.node == origin->node && values.output == origin->output;
    });
    if (given == given_.end() || node.inputs[i]->encoding == AIR_ENCODING_PLAIN) continue;
    most = std::max(most, conversion_error(*given, *node.inputs[i], is_like(node, "softmax")));
  }
  return most;
}

// What the readers of a node got, in the judge's order.
Reals Judging::actual_values(const JudgedTensor &tensor, uint64_t first, uint64_t count) const {
  const Values &all = values_at(received(tensor));
  return reordered<double>(real_numbers(samples_of(all, first, count)), n_reals(all.tensor), tensor.way);
}

void Judging::add(Course &course, const air_result &exact, const air_result *rounded, uint64_t first) const {
  Errors &errors = course.errors;
  for (size_t i = 0; i < case_.tensors.size(); ++i) {
    const JudgedTensor &tensor = case_.tensors[i];
    const std::optional<Values> computed = node_output(exact, tensor.judge_node, tensor.judge_output);
    const std::optional<Values> with_rounded =
        rounded == nullptr ? std::nullopt : node_output(*rounded, tensor.judge_node, tensor.judge_output);
    if (!computed || (rounded != nullptr && !with_rounded)) {
      errors[i].reset();
      continue;
    }
    const air_node &node = judge_graph_.node(tensor.judge_node);
    if (!course.is_begun)
      errors[i].emplace(channels_of(case_.judge.model, node, *node.outputs[tensor.judge_output]), expected(tensor));
    if (!errors[i]) continue;
    const Reals values = actual_values(tensor, first, computed->n_samples);
    const Reals exact_values = real_numbers(*computed);
    const bool uses_rounded = with_rounded && (told_ == kNone || rounds_weights_[i]);
    const Reals rounded_values = uses_rounded ? real_numbers(*with_rounded) : Reals();
    errors[i]->add({values, exact_values, rounded_values});
  }
  course.is_begun = true;
}

// Nothing where the weights stay as they are. Once refused it is not tried again.
std::optional<RoundedModel> Judging::open(const Scheme &scheme) {
  if (&scheme == &kSchemes[kNone] || refused_ != AIR_OK) return {};
  std::optional<RoundedModel> model = round_weights(case_.judge.model, scheme, judge_, connect_, refused_);
  // What has no weights to round has rounded ones already, most likely in the same way.
  if (told_ != kNone && refused_ != AIR_OK)
    n_estimated_ = refused_ != AIR_ERROR_UNSUPPORTED ? 1 : quantized_alike() ? 0 : kBothSides;
  return model;
}

void Judging::begin(Course &course, const Scheme &scheme) {
  course.model = open(scheme);
  if (course.model) course.rounded.emplace(course.model->judge, nodes_, given_, inputs_, case_.actual, scheme.rounding);
  course.exact.emplace(judge_, nodes_, given_, inputs_, case_.actual, Rounding::kNone);
  course.errors.resize(case_.tensors.size());
}

// In parts that bound the memory they take.
void Judging::run(Course &course, uint64_t n_samples) const {
  uint64_t size = 1;
  for (const uint32_t node : nodes_) {
    const air_node &described = judge_graph_.node(node);
    for (uint32_t i = 0; i < described.n_outputs; ++i) size += described.outputs[i]->size_bytes;
  }
  const uint64_t part = std::clamp<uint64_t>(kMostBytes / size, 1, n_samples);
  for (uint64_t first = 0; first < n_samples; first += part) {
    const uint64_t count = std::min(part, n_samples - first);
    const HeldResult exact_part = course.exact->run(first, count);
    const HeldResult rounded_part = course.rounded ? course.rounded->run(first, count) : HeldResult();
    add(course, *exact_part, rounded_part.get(), first);
  }
}

Errors Judging::errors(const Scheme &scheme, uint64_t n_samples) {
  Course course;
  begin(course, scheme);
  run(course, n_samples);
  return std::move(course.errors);
}

HeldResult Judging::first_sample() const {
  std::vector<uint32_t> all;
  for (const NodeValues &node : case_.judge.nodes) all.push_back(node.index);
  return Recomputation(judge_, all, given_, inputs_, case_.actual, Rounding::kNone).run(0, 1);
}

std::vector<size_t> Judging::own(const Errors &errors) const {
  std::vector<size_t> found;
  for (size_t i = 0; i < errors.size(); ++i) {
    if (errors[i] && excess(*errors[i]) > 1) found.push_back(i);
  }
  return found;
}

bool has_weights(const air_node &node) {
  constexpr std::array<const char *, 5> kinds = {"conv", "gemm", "matmul", "fullyconnected", "dense"};
  return std::ranges::any_of(kinds, [&](const char *kind) { return is_like(node, kind); });
}

// The ratio that most nodes with weights have, whatever a few wrong ones do; nothing where there are too few.
std::optional<double> typical_ratio(const Errors &errors, const Errors &with_weights) {
  std::vector<double> ratios;
  for (size_t i = 0; i < errors.size(); ++i) {
    if (errors[i] && with_weights[i] && with_weights[i]->depends_on_weights())
      ratios.push_back(errors[i]->typical_ratio());
  }
  if (ratios.size() < kFewestTypical) return {};
  return lower_median(ratios);
}

// Where the rounding that was told leaves errors: another one may make the very error of a node, or that of most nodes with weights.
size_t Judging::try_others(size_t told, Errors &errors) {
  const uint64_t n_samples = std::min(kProbe, case_.actual.n_samples);
  const size_t last = told == kNone ? kSchemes.size() : told + kOf8Bits;
  const Errors as_told = errors;
  std::vector<size_t> left = own(errors);
  size_t most_followed = told;
  size_t n_most_followed = 0;
  size_t best = told;
  double least_off = std::numeric_limits<double>::infinity();
  Errors of_best;
  for (size_t i = told + 1; i < last && !left.empty(); ++i) {
    Errors tried = this->errors(kSchemes.at(i), n_samples);
    if (refused_ != AIR_OK) return told;
    const size_t n_followed = std::erase_if(left, [&](size_t k) {
      const bool follows = tried[k] && tried[k]->follows_weights();
      if (follows) errors[k] = tried[k];
      return follows;
    });
    if (n_followed > n_most_followed) {
      n_most_followed = n_followed;
      most_followed = i;
    }
    const std::optional<double> before = typical_ratio(as_told, tried);
    const std::optional<double> after = typical_ratio(tried, tried);
    if (!before || !after || *before <= kMostTypical) continue;
    const double off = std::fabs(std::log(*after));
    if (off >= std::min(least_off, std::log(*before))) continue;
    least_off = off;
    best = i;
    of_best = std::move(tried);
  }
  if (best == told || left.empty()) return most_followed;
  errors = std::move(of_best);
  return best;
}

void Judging::add() {
  if (!told_course_) begin(told_course_.emplace(), kSchemes.at(told_));
  run(*told_course_, case_.actual.n_samples);
}

// The part of the nodes with weights that have more than is explained in most of their channels.
double Judging::unexplained(const Errors &errors) const {
  size_t n_nodes = 0;
  size_t n_unexplained = 0;
  for (size_t i = 0; i < errors.size(); ++i) {
    if (!errors[i] || !has_weights(judge_graph_.node(case_.tensors[i].judge_node))) continue;
    ++n_nodes;
    if (errors[i]->typical_ratio() > kMostTypical) ++n_unexplained;
  }
  return n_unexplained < kFewestWrong ? 0 : static_cast<double>(n_unexplained) / static_cast<double>(n_nodes);
}

Judgement Judging::finish() {
  Judgement result;
  size_t scheme = told_;
  result.errors = std::move(told_course_.value().errors);
  told_course_.reset();  // what follows prepares the session for itself
  if (refused_ != AIR_OK) scheme = kNone;
  if (told_ != kNone && refused_ == AIR_ERROR_UNSUPPORTED && unexplained(result.errors) > kMostWrong) {
    n_estimated_ = kBothSides;
    result.errors = errors(kSchemes.at(scheme), case_.actual.n_samples);
    if (unexplained(result.errors) > kMostWrong) return {{}, {}, kUnknownWeights};
  }
  if (!own(result.errors).empty()) scheme = try_others(scheme, result.errors);
  result.explanations.resize(case_.tensors.size());
  if (!own(result.errors).empty()) explain(result, scheme);
  result.weights = n_estimated_ > 0 ? kEstimated : kSchemes.at(scheme).name;
  return result;
}

HeldResult Judging::run_probe(const Judge &judge, Rounding rounding, const Alteration &alteration) const {
  return Recomputation(judge, nodes_, given_, inputs_, case_.actual, rounding, alteration)
      .run(0, std::min(kProbe, case_.actual.n_samples));
}

Suspect Judging::suspect(size_t index, const air_result &exact, const air_result *rounded) const {
  const JudgedTensor &tensor = case_.tensors[index];
  const air_node &node = judge_graph_.node(tensor.judge_node);
  const air_tensor &output = *node.outputs[tensor.judge_output];
  const Values computed = node_output(exact, tensor.judge_node, tensor.judge_output).value();
  Suspect suspect{node,
                  channels_of(case_.judge.model, node, output),
                  expected(tensor),
                  picture_of(case_.judge.model, output),
                  computed.n_samples,
                  actual_values(tensor, 0, computed.n_samples),
                  real_numbers(computed)};
  if (rounded != nullptr) {
    suspect.rounding = real_numbers(node_output(*rounded, tensor.judge_node, tensor.judge_output).value());
    for (size_t i = 0; i < suspect.rounding.size(); ++i) suspect.rounding[i] -= suspect.exact[i];
  }
  const auto given_for = [&](const Origin &origin) {
    return std::ranges::find_if(
        given_, [&](const GivenValues &given) { return given.node == origin.node && given.output == origin.output; });
  };
  const auto values_of = [&](const GivenValues &given) {
    return reordered<double>(real_numbers(samples_of(given.values, 0, computed.n_samples)),
                             n_reals(given.values.tensor), given.way);
  };
  for (uint32_t i = 0; i < node.n_inputs; ++i) {
    const std::optional<Origin> origin = judge_graph_.origin(*node.inputs[i]);
    const auto given = origin ? given_for(*origin) : given_.end();
    if (given != given_.end())
      suspect.inputs.push_back({picture_of(case_.judge.model, *node.inputs[i]), values_of(*given)});
  }
  for (const GivenValues &given : given_) {
    if (given.node < tensor.judge_node && n_reals(given.values.tensor) == n_reals(output) && is_like(node, "add"))
      suspect.others.push_back(values_of(given));
  }
  return suspect;
}

// Tries the faults that are known on the nodes that are wrong, with a few samples.
void Judging::explain(Judgement &result, size_t scheme) {
  const std::vector<size_t> wrong = own(result.errors);
  const std::optional<RoundedModel> rounded_model = open(kSchemes.at(scheme));
  const HeldResult exact = run_probe(judge_, Rounding::kNone, {});
  const HeldResult rounded =
      rounded_model ? run_probe(rounded_model->judge, kSchemes.at(scheme).rounding, {}) : HeldResult();
  std::vector<Suspect> suspects;
  for (const size_t index : wrong) suspects.push_back(suspect(index, *exact, rounded.get()));
  constexpr std::array<Alteration, 12> alterations = {{{Change::kRaised},
                                                       {Change::kTransposed},
                                                       {Change::kFlipped},
                                                       {Change::kChannelsReversed},
                                                       {Change::kShifted, 1, 1},
                                                       {Change::kShifted, -1, -1},
                                                       {Change::kShifted, 1, -1},
                                                       {Change::kShifted, -1, 1},
                                                       {Change::kShifted, 0, 1},
                                                       {Change::kShifted, 0, -1},
                                                       {Change::kShifted, 1, 0},
                                                       {Change::kShifted, -1, 0}}};
  const bool any_picture =
      std::ranges::any_of(suspects, [](const Suspect &suspect) { return suspect.picture.has_value(); });
  for (const Alteration &alteration : alterations) {
    if (!any_picture && alteration.change != Change::kRaised) break;
    const HeldResult altered = run_probe(judge_, Rounding::kNone, alteration);
    for (size_t k = 0; k < wrong.size(); ++k) {
      const JudgedTensor &tensor = case_.tensors[wrong[k]];
      const Reals values = real_numbers(node_output(*altered, tensor.judge_node, tensor.judge_output).value());
      const std::optional<Picture> &picture = suspects[k].picture;
      if (alteration.change == Change::kRaised || picture)
        suspects[k].altered.emplace_back(alteration, picture ? brought_back(values, *picture, alteration) : values);
    }
  }
  for (size_t k = 0; k < wrong.size(); ++k) result.explanations[wrong[k]] = local::explain(suspects[k]);
}

}  // namespace

HeldResult compute_sample(const Case &subject, const Judge &judge) {
  return Judging(subject, judge, nullptr).first_sample();
}

std::unique_ptr<PartsJudged> begin_judging(const Case &subject, const Judge &judge,
                                           const air_connect_options *connect) {
  return std::make_unique<Judging>(subject, judge, connect);
}

}  // namespace air::local
