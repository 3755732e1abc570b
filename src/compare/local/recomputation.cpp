// SPDX-License-Identifier: BSD-3-Clause
// The nodes of one side run on the values that the other side computed for their inputs.
#include "compare/local/recomputation.h"

#include <algorithm>
#include <cmath>
#include <exception>
#include <random>
#include <set>

#include "common/error.h"
#include "common/shape.h"
#include "compare/in_parallel.h"
#include "compare/inputs.h"
#include "report/boundary.h"

namespace air::local {
namespace {

// To 255 steps from the smallest to the largest value, or 0, in float32 as DynamicQuantizeLinear does it, so that halves go where they go there.
void round_dynamically(std::span<float> values) {
  if (values.empty()) return;
  const auto [least, most] = std::ranges::minmax(values);
  const float low = std::min(least, 0.0F);
  const float step = (std::max(most, 0.0F) - low) / 255.0F;
  if (!(step > 0.0F) || !std::isfinite(step)) return;
  const float zero_point = std::nearbyint(-low / step);
  for (float &value : values)
    value = (std::clamp(std::nearbyint(value / step) + zero_point, 0.0F, 255.0F) - zero_point) * step;
}

// More or less by chance, which is the same for each run.
void scatter(std::span<float> values) {
  std::minstd_rand chance;
  for (float &value : values) value *= (chance() >> 8U) % 2 == 0 ? 1.125F : 0.875F;
}

}  // namespace

Recomputation::Recomputation(const Judge &judge, Nodes nodes, std::vector<GivenValues> given,
                             std::vector<const Values *> inputs, const Side &actual, Rounding rounding,
                             const Alteration &alteration)
    : judge_(judge),
      nodes_(std::move(nodes)),
      given_(std::move(given)),
      inputs_(std::move(inputs)),
      actual_(actual),
      rounding_(rounding),
      alteration_(alteration) {
  describe_nodes();
  std::set<uint32_t> all;
  for (const GivenValues &values : given_) all.insert(values.node);
  restrict_to(those_that_can_be_given({all.begin(), all.end()}));
  if (model().states_bytes > 0) report::check(air_reset_states(judge.session, nullptr));
}

Recomputation::~Recomputation() {
  air_prepare(judge_.session, nullptr, 0, nullptr);
}

bool Recomputation::try_to_prepare(const Nodes &nodes) const {
  const air_call call = {sizeof call, 0, judge_.token};
  const air_status status = air_prepare(judge_.session, nodes.data(), static_cast<uint32_t>(nodes.size()), &call);
  if (status != AIR_ERROR_UNSUPPORTED) report::check(status);
  return status == AIR_OK;
}

// Which of them it refuses the runtime does not tell: halves are tried. Leaves the session prepared for those that it gives back.
Recomputation::Nodes Recomputation::those_that_can_be_given(const Nodes &nodes) const {
  if (nodes.empty() || try_to_prepare(nodes)) return nodes;
  if (nodes.size() == 1) return {};
  const auto middle = nodes.begin() + static_cast<std::ptrdiff_t>(nodes.size() / 2);
  Nodes accepted = those_that_can_be_given({nodes.begin(), middle});
  const Nodes second = those_that_can_be_given({middle, nodes.end()});
  accepted.insert(accepted.end(), second.begin(), second.end());
  if (!try_to_prepare(accepted))
    fail(AIR_ERROR_UNSUPPORTED, "the nodes that can be given alone cannot be given together");
  return accepted;
}

void Recomputation::restrict_to(const Nodes &nodes) {
  std::vector<GivenValues> kept;
  for (const GivenValues &given : given_) {
    if (std::ranges::binary_search(nodes, given.node)) kept.push_back(given);
  }
  given_.swap(kept);
}

bool Recomputation::is_altered(const air_tensor &tensor) const {
  return alteration_.change != Change::kNone || rounding_ == Rounding::kScattered ||
         (rounding_ == Rounding::kDynamic && tensor.dtype == AIR_DTYPE_FLOAT32);
}

// As `tensor` stores them, sample after sample.
void Recomputation::write(const Values &from, const Reordering &way, const air_tensor &tensor, void *storage) const {
  if (!is_altered(tensor)) return convert(from, way, tensor, {}, storage);
  const std::optional<Picture> picture = picture_of(model(), tensor);
  const auto treat = [&](std::span<float> values) {
    if (rounding_ == Rounding::kDynamic && tensor.dtype == AIR_DTYPE_FLOAT32) round_dynamically(values);
    if (rounding_ == Rounding::kScattered) scatter(values);
    alter(values, picture, alteration_);
  };
  convert(from, way, tensor, treat, storage);
}

HeldInputs Recomputation::make_inputs(uint64_t first, uint64_t count) const {
  air_input_set *made = nullptr;
  report::check(air_make_inputs(judge_.session, count, &made));
  HeldInputs inputs(made, &air_free_inputs);
  const std::vector<uint32_t> sources = corresponding_inputs(actual_.model, model());
  for (uint32_t i = 0; i < model().n_inputs; ++i) {
    const Values from = samples_of(*inputs_[sources[i]], first, count);
    write(from, way_between(from.tensor, *model().inputs[i]), *model().inputs[i], made->data[i]);
  }
  return inputs;
}

// A model that was connected anew may tell its nodes only when they have run.
void Recomputation::describe_nodes() {
  const auto is_told = [this](const GivenValues &values) {
    return values.node < model().n_nodes && values.output < model().nodes[values.node]->n_outputs;
  };
  if (std::ranges::all_of(given_, is_told)) return;
  const HeldInputs inputs = make_inputs(0, 1);
  air_invoke_options options = {};
  options.struct_size = sizeof options;
  options.mode = AIR_MODE_PER_LAYER;
  options.timeout_ms = judge_.timeout_ms;
  options.token = judge_.token;
  report::check(air_invoke(judge_.session, 1, inputs->inputs, inputs->n, nullptr, 0, &options, nullptr, nullptr));
  if (!std::ranges::all_of(given_, is_told))
    fail(AIR_ERROR_UNSUPPORTED, "the model that was connected once more has other nodes than before");
}

Recomputation::Given Recomputation::make_given(uint64_t first, uint64_t count) const {
  Given given;
  given.converted.resize(given_.size());
  given.list.resize(given_.size());
  uint64_t n_values = 0;
  for (const GivenValues &values : given_) n_values += values.values.tensor.n_elements * count;
  in_parallel(given_.size(), n_values, [&](size_t i) {
    const GivenValues &values = given_[i];
    const air_tensor &tensor = *model().nodes[values.node]->outputs[values.output];
    const Values from = samples_of(values.values, first, count);
    const uint64_t size = checked_size(tensor.size_bytes, count);
    const bool is_stored_so =
        !is_altered(tensor) && values.way.layout == AIR_LAYOUT_SAME && stored_alike(from.tensor, tensor);
    if (!is_stored_so) {
      given.converted[i] = make_aligned_bytes(size);
      write(from, values.way, tensor, given.converted[i].get());
    }
    given.list[i] = {values.node, values.output, is_stored_so ? from.data : given.converted[i].get(), size};
  });
  return given;
}

void Recomputation::invoke(uint64_t first, uint64_t count, uint32_t mode, const air_callbacks *callbacks,
                           const air_result **out_result) const {
  const HeldInputs inputs = make_inputs(first, count);
  const Given given = make_given(first, count);
  air_invoke_options options = {};
  options.struct_size = sizeof options;
  options.mode = AIR_MODE_PER_LAYER_WITH_DATA | AIR_MODE_UNTIMED | mode;
  options.timeout_ms = judge_.timeout_ms;
  options.token = judge_.token;
  options.keep_nodes = nodes_.data();
  options.n_keep_nodes = static_cast<uint32_t>(nodes_.size());
  options.given = given.list.empty() ? nullptr : given.list.data();
  options.n_given = static_cast<uint32_t>(given.list.size());
  report::check(
      air_invoke(judge_.session, count, inputs->inputs, inputs->n, nullptr, 0, &options, callbacks, out_result));
}

HeldResult Recomputation::run(uint64_t first, uint64_t count) {
  HeldResult result;
  invoke(first, count, 0, nullptr, result.out());
  return result;
}

void Recomputation::run(uint64_t first, uint64_t count, const OnNode &on_node) {
  struct Listener {
    const OnNode &on_node;
    std::exception_ptr failure;

    static air_action take(void *self, const air_node_event *event) {
      auto &own = *static_cast<Listener *>(self);
      try {
        own.on_node(*event);
        return AIR_CONTINUE;
      } catch (...) {
        own.failure = report::current_failure();
        return AIR_FAIL;
      }
    }
  } listener{on_node, nullptr};
  const air_callbacks callbacks = {.struct_size = sizeof callbacks,
                                   .reserved = 0,
                                   .user = &listener,
                                   .on_sample_begin = nullptr,
                                   .on_sample_end = nullptr,
                                   .on_node_begin = nullptr,
                                   .on_node_end = &Listener::take,
                                   .on_progress = nullptr};
  try {
    invoke(first, count, AIR_MODE_EVENTS_ONLY, &callbacks, nullptr);
  } catch (...) {
    std::rethrow_exception(listener.failure ? listener.failure : std::current_exception());
  }
}

}  // namespace air::local
