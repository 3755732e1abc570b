// SPDX-License-Identifier: BSD-3-Clause
// Every node of one side judged by itself. The method is told in docs/compare.md.
#include "compare/local/judgement.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "compare/local/schemes.h"
#include "compare/local/suspects.h"
#include "compare/local/weights.h"
#include "text/descriptions.h"

namespace air::local {
namespace {

constexpr double kMostTypical = 1.5;  // ratio of nodes of which most are healthy and rounded as they are taken to be
constexpr size_t kFewestTypical = 2;  // nodes that tell what most have
constexpr double kMostWrong =
    0.3;  // of the nodes with weights, before their weights are taken to be others than the judge's
constexpr size_t kFewestWrong = 3;
constexpr int kBothSides = 2;
constexpr const char *kEstimated = "estimated";

constexpr uint64_t kMostBytes = 128 << 20;  // of the data of one part
constexpr uint64_t kProbe = 4;              // samples that other schemes are tried with
// Of the data that tells which nodes belong together; samples. One alone may have no value that an activation would cut.
constexpr uint64_t kMostBytesPaired = 8 << 20, kMostPaired = 8;

using Errors = std::vector<std::optional<LocalError>>;

// Samples recomputed with one way to round the weights.
struct Course {
  std::optional<RoundedModel> model;
  std::vector<uint32_t> rounds;  // the nodes that rounding changes, ascending
  std::optional<Recomputation> rounded, exact;
  Errors errors;
  std::vector<bool> has_values;  // by tensor
};

// Of one part of the samples.
struct Part {
  uint64_t first;
  HeldResult rounded;  // none where nothing is rounded
};

class Judging : public PartsJudged {
 public:
  Judging(const Case &subject, const Judge &judge, const air_connect_options *connect);

  std::vector<uint32_t> nodes_read() const override { return subject_.nodes_read(); }
  void add() override;
  bool needs_first_part() const override;
  Judgement finish() override;

 private:
  std::optional<RoundedModel> open(const Scheme &scheme);
  void begin(Course &course, const Scheme &scheme);
  void run(Course &course, const Probe &samples) const;
  Errors errors(const Scheme &scheme, const Probe &samples);
  void add(Course &course, const Part &part, const air_node_event &event) const;
  void add(Course &course, const Part &part, const air_node_event &event, size_t index) const;
  Errors errors_of(Course &course) const;
  bool has_weights(size_t tensor) const;
  size_t n_with_weights() const;
  double unexplained(const Errors &errors) const;
  bool may_be_estimated(const Errors &errors) const;
  size_t try_others(size_t told, Errors &errors);
  void explain(Judgement &result, const Scheme &scheme);

  PreparedCase subject_;
  const Judge &judge_;
  const air_connect_options *connect_;
  std::vector<std::vector<size_t>> tensors_of_;  // by node of the judge
  std::vector<bool> rounds_weights_;             // what was judged tells so, by tensor
  size_t told_;                                  // the scheme
  air_status refused_ = AIR_OK;                  // why weights cannot be rounded
  int n_estimated_ = 0;                          // sides with weights that are rounded in an unknown way
  bool scatters_ = false;                        // what rounded weights of the judge make is estimated by a run
  std::optional<Course> told_course_;            // with the scheme that was told, over all parts
};

Judging::Judging(const Case &subject, const Judge &judge, const air_connect_options *connect)
    : subject_(subject),
      judge_(judge),
      connect_(connect),
      tensors_of_(subject_.judge().model.n_nodes),
      rounds_weights_(with_rounded_weights(subject_)),
      told_(told_scheme(subject_, rounds_weights_)) {
  for (size_t i = 0; i < subject_.tensors().size(); ++i) tensors_of_[subject_.tensors()[i].judge_node].push_back(i);
  // Nobody has other weights than the judge's own: how far rounding moved those is estimated.
  if (told_ == kNotRounded && judge_has_rounded_weights(subject_)) {
    refused_ = AIR_ERROR_UNSUPPORTED;
    n_estimated_ = 1;
    scatters_ = true;
  }
}

void Judging::add(Course &course, const Part &part, const air_node_event &event, size_t index) const {
  const JudgedTensor &tensor = subject_.tensors()[index];
  const air_tensor &described = *event.description->outputs[tensor.judge_output];
  const air_view &computed = event.tensors[tensor.judge_output];
  std::optional<LocalError> &error = course.errors[index];
  if (subject_.actual().spoilt[part.first + event.sample]) return;
  if (computed.data == nullptr || is_open(described)) error.reset();
  if (!error) return;
  const Reals exact = real_numbers({described, computed.data, 1});
  const Reals actual = subject_.actual_values(tensor, part.first + event.sample, 1);
  Reals rounded;
  if (part.rounded && std::ranges::binary_search(course.rounds, tensor.judge_node)) {
    const std::optional<Values> all = node_output(*part.rounded, tensor.judge_node, tensor.judge_output);
    if (!all) return error.reset();
    if (told_ == kNotRounded || rounds_weights_[index]) rounded = real_numbers(samples_of(*all, event.sample, 1));
    for (size_t i = 0; scatters_ && i < rounded.size(); ++i)
      rounded[i] = exact[i] + kOfScattered * (rounded[i] - exact[i]);
  }
  error->add({actual, exact, rounded});
  course.has_values[index] = true;
}

void Judging::add(Course &course, const Part &part, const air_node_event &event) const {
  if (event.node >= tensors_of_.size()) return;  // a run may tell of more than the first did
  for (const size_t index : tensors_of_[event.node]) {
    if (subject_.tensors()[index].judge_output < event.n_tensors) add(course, part, event, index);
  }
}

// Nothing where the weights stay as they are. Once refused it is not tried again.
std::optional<RoundedModel> Judging::open(const Scheme &scheme) {
  if (&scheme == &schemes()[kNotRounded] || refused_ != AIR_OK) return {};
  std::optional<RoundedModel> model = round_weights(subject_.judge().model, scheme, judge_, connect_, refused_);
  // What has no weights to round has rounded ones already, most likely in the same way.
  if (told_ != kNotRounded && refused_ != AIR_OK)
    n_estimated_ = refused_ != AIR_ERROR_UNSUPPORTED ? 1 : quantized_alike(subject_) ? 0 : kBothSides;
  return model;
}

void Judging::begin(Course &course, const Scheme &scheme) {
  course.model = open(scheme);
  course.rounds = scheme.rounding == Rounding::kNone ? subject_.nodes_with_weights() : subject_.nodes();
  if (course.model && !course.rounds.empty())
    course.rounded.emplace(course.model->judge, course.rounds, subject_.given(), subject_.inputs(), subject_.actual(),
                           scheme.rounding);
  else if (scatters_ && !course.rounds.empty())
    course.rounded.emplace(judge_, course.rounds, subject_.given(), subject_.inputs(), subject_.actual(),
                           Rounding::kScattered);
  course.exact.emplace(judge_, subject_.nodes(), subject_.given(), subject_.inputs(), subject_.actual(),
                       Rounding::kNone);
  for (const JudgedTensor &tensor : subject_.tensors()) {
    const air_node &node = subject_.judge_graph().node(tensor.judge_node);
    course.errors.emplace_back(std::in_place,
                               channels_of(subject_.judge().model, node, *node.outputs[tensor.judge_output]),
                               subject_.expected(tensor, n_estimated_));
  }
  course.has_values.resize(subject_.tensors().size());
}

// Nothing for what was never computed.
Errors Judging::errors_of(Course &course) const {
  for (size_t i = 0; i < course.errors.size(); ++i) {
    if (!course.has_values[i]) course.errors[i].reset();
  }
  return std::move(course.errors);
}

// Runs the samples in parts that bound the memory they take.
void Judging::run(Course &course, const Probe &samples) const {
  const uint64_t part = std::max<uint64_t>(kMostBytes / subject_.size_of_sample(), 1);
  const uint64_t end = samples.first + samples.n_samples;
  for (uint64_t first = samples.first; first < end; first += part) {
    const uint64_t count = std::min(part, end - first);
    const Part ran{first, course.rounded ? course.rounded->run(first, count) : HeldResult()};
    course.exact->run(first, count, [&](const air_node_event &event) { add(course, ran, event); });
  }
  if (course.model) air_trim(course.model->judge.session);
}

Errors Judging::errors(const Scheme &scheme, const Probe &samples) {
  Course course;
  begin(course, scheme);
  run(course, samples);
  return errors_of(course);
}

std::vector<size_t> own(const Errors &errors) {
  std::vector<size_t> found;
  for (size_t i = 0; i < errors.size(); ++i) {
    if (errors[i] && excess(*errors[i]) > 1) found.push_back(i);
  }
  return found;
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

// Nodes whose very error one way to round makes, and another one does not: also those whose error is small enough for both.
size_t count_followers(const Errors &as_told, const Errors &tried) {
  size_t count = 0;
  for (size_t i = 0; i < tried.size(); ++i) {
    if (as_told[i] && tried[i] && tried[i]->follows_weights() && !as_told[i]->leaves_noise()) ++count;
  }
  return count;
}

// Where the rounding that was told leaves errors: another one may make the very error of a node, or that of most nodes with weights.
size_t Judging::try_others(size_t told, Errors &errors) {
  const Probe samples = probe_of(subject_.actual(), kProbe);
  const size_t last = end_of_others(told);
  const Errors as_told = errors;
  std::vector<size_t> left = own(errors);
  size_t most_followed = told;
  size_t n_most_followed = 0;
  size_t best = told;
  double least_off = std::numeric_limits<double>::infinity();
  Errors of_best, of_most_followed;
  for (size_t i = told + 1; i < last && !left.empty(); ++i) {
    Errors tried = this->errors(schemes()[i], samples);
    if (refused_ != AIR_OK) return told;
    std::erase_if(left, [&](size_t k) {
      const bool follows = tried[k] && tried[k]->follows_weights();
      if (follows) errors[k] = tried[k];
      return follows;
    });
    const size_t n_followed = count_followers(as_told, tried);
    if (n_followed > n_most_followed) {
      n_most_followed = n_followed;
      most_followed = i;
      of_most_followed = tried;
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
  if (best == told || left.empty()) {
    // What a few nodes follow to the last digit holds for the others, too.
    for (const size_t k : left) {
      if (n_most_followed > 0) errors[k] = of_most_followed[k];
    }
    return most_followed;
  }
  errors = std::move(of_best);
  return best;
}

void Judging::add() {
  if (!told_course_) begin(told_course_.emplace(), schemes()[told_]);
  run(*told_course_, {0, subject_.actual().n_samples});
}

bool Judging::has_weights(size_t tensor) const {
  return local::has_weights(subject_.judge_graph().node(subject_.tensors()[tensor].judge_node));
}

size_t Judging::n_with_weights() const {
  size_t count = 0;
  for (size_t i = 0; i < subject_.tensors().size(); ++i) count += has_weights(i);
  return count;
}

// The part of the nodes with weights that have more than is explained in most of their channels.
double Judging::unexplained(const Errors &errors) const {
  size_t n_nodes = 0;
  size_t n_unexplained = 0;
  for (size_t i = 0; i < errors.size(); ++i) {
    if (!errors[i] || !has_weights(i)) continue;
    ++n_nodes;
    if (errors[i]->typical_ratio() > kMostTypical) ++n_unexplained;
  }
  return n_unexplained < kFewestWrong ? 0 : static_cast<double>(n_unexplained) / static_cast<double>(n_nodes);
}

// Whether the judge's own weights seem to be rounded in another way than those of the deployment.
bool Judging::may_be_estimated(const Errors &errors) const {
  return told_ != kNotRounded && refused_ == AIR_ERROR_UNSUPPORTED && unexplained(errors) > kMostWrong;
}

bool Judging::needs_first_part() const {
  const Errors &errors = told_course_.value().errors;
  return !own(errors).empty() || may_be_estimated(errors);
}

Judgement Judging::finish() {
  Judgement result;
  size_t scheme = told_;
  result.errors = errors_of(told_course_.value());
  told_course_.reset();  // what follows prepares the session for itself
  if (refused_ != AIR_OK) scheme = kNotRounded;
  if (may_be_estimated(result.errors)) {
    n_estimated_ = kBothSides;
    result.errors = errors(schemes()[scheme], {0, subject_.actual().n_samples});
    if (unexplained(result.errors) > kMostWrong) return {{}, {}, kUnknownWeights};
  }
  // What is estimated tells of few nodes, not of many.
  const size_t n_own = own(result.errors).size();
  if ((n_estimated_ == kBothSides || scatters_) && n_own >= kFewestWrong && 10 * n_own > n_with_weights())
    return {{}, {}, kUnknownWeights};
  if (n_own > 0) scheme = try_others(scheme, result.errors);
  result.explanations.resize(subject_.tensors().size());
  explain(result, schemes()[scheme]);
  result.weights = n_estimated_ > 0 ? kEstimated : schemes()[scheme].name;
  return result;
}

void Judging::explain(Judgement &result, const Scheme &scheme) {
  const std::vector<size_t> wrong = own(result.errors);
  if (wrong.empty()) return;
  const std::optional<RoundedModel> rounded = open(scheme);
  const Judges judges{judge_, rounded ? &*rounded : nullptr, scheme.rounding};
  const std::vector<std::optional<Explanation>> explanations = local::explain(subject_, wrong, judges, n_estimated_);
  for (size_t k = 0; k < wrong.size(); ++k) result.explanations[wrong[k]] = explanations[k];
}

}  // namespace

HeldResult compute_samples(const Case &subject, const Judge &judge) {
  const PreparedCase prepared(subject);
  std::vector<uint32_t> all;
  for (const NodeValues &node : subject.judge.nodes) all.push_back(node.index);
  const uint64_t affordable = kMostBytesPaired / prepared.size_of_sample();
  const uint64_t n_samples = std::clamp<uint64_t>(affordable, 1, std::min(kMostPaired, subject.actual.n_samples));
  return Recomputation(judge, all, prepared.given(), prepared.inputs(), subject.actual, Rounding::kNone)
      .run(0, n_samples);
}

std::unique_ptr<PartsJudged> begin_judging(const Case &subject, const Judge &judge,
                                           const air_connect_options *connect) {
  return std::make_unique<Judging>(subject, judge, connect);
}

}  // namespace air::local
