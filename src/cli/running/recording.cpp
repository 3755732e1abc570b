// SPDX-License-Identifier: BSD-3-Clause
// The two sides that `compare` has, and how those without a result come to one.
#include "cli/running/recording.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "cli/inputs/told_range.h"
#include "cli/running/execution.h"
#include "platform/machine/memory.h"

namespace air::cli {
namespace {

// What both were made for, if they have anything in common; else what the first was.
std::optional<ToldRange> common(const std::optional<ToldRange> &of_b, const std::optional<ToldRange> &of_a) {
  const auto named = [](const ToldRange &told, const char *side) {
    return fmt::format("node {} of {} was", told.node, side);
  };
  if (!of_a && !of_b) return {};
  if (!of_b) return ToldRange{of_a->low, of_a->high, named(*of_a, "A")};
  const ToldRange alone = {of_b->low, of_b->high, named(*of_b, "B")};
  if (!of_a) return alone;
  const double low = std::max(of_a->low, of_b->low), high = std::min(of_a->high, of_b->high);
  if (low >= high || (low == alone.low && high == alone.high)) return alone;
  return ToldRange{low, high, fmt::format("node {} of A and node {} of B were", of_a->node, of_b->node)};
}

bool is_quantized(const Connection &connection) {
  const air_model &model = connection.model();
  return std::any_of(model.inputs, model.inputs + model.n_inputs,
                     [](const air_tensor *tensor) { return tensor->encoding == AIR_ENCODING_QUANTIZED; });
}

}  // namespace

Recording::Recording(const Options &options, const CompareOptions &own) : options_(options) {
  options_.io_modes = {"quantize"};
  invoke_ = options_.invoke_options(own.outputs_only ? AIR_MODE_IO_ONLY : AIR_MODE_PER_LAYER_WITH_DATA);
  invoke_.mode |= AIR_MODE_KEEP_INPUTS;
  keeps_all_ = !own.saves.empty() || !own.reproducer.empty();  // which may show any sample
}

void Recording::record(std::vector<Side> &sides) {
  Side &a = sides.front();
  Side &b = sides.back();
  if (sides.size() == 1) {
    record_one(a);
  } else if (a.golden || b.golden) {
    beside(a.golden ? a : b, a.golden ? b : a);
  } else if (a.connection && b.connection) {
    record_both(a, b);
  } else if (a.connection || b.connection) {
    repeat(a.connection ? a : b, a.connection ? b : a);
  }
}

// One side alone draws real values: what is recorded elsewhere with the same seed and range is then the same, whatever it is stored as.
void Recording::record_one(Side &side) {
  const Inputs inputs = make_inputs(*side.connection, options_, Draw::kReal);
  if (options_.inputs.empty()) drawn_ = drawn_from();
  tell_if_alike(inputs);
  run(side, inputs);
}

void Recording::repeat(Side &side, const Side &first) {
  air_input_set *set = nullptr;
  check(air_convert_inputs(side.connection->session(), first.result.get(), &set), kFailed);
  run(side, inputs_of(set, first.n_samples(), "that of the other side, converted"));
}

// The other side runs on the inputs that the arrays were computed from.
void Recording::beside(Side &golden, Side &other) {
  if (other.connection) {
    const bool are_given = !options_.inputs.empty();
    const Side own{{}, {}, golden.golden->with_own_inputs(other.connection->model(), are_given)};
    are_given ? record_one(other) : repeat(other, own);
  }
  golden.result = golden.golden->beside(other.result.get());
}

// Random inputs are drawn where they are quantized, so that both sides can represent them; else from what a node that quantizes them was made for.
void Recording::record_both(Side &a, Side &b) {
  return_large_blocks();
  const bool b_first = options_.inputs.empty() && !is_quantized(*a.connection) && is_quantized(*b.connection);
  Side &first = b_first ? b : a;
  Side &second = b_first ? a : b;
  if (options_.inputs.empty() && options_.range.empty()) choose_range(first, a, b);
  Inputs inputs = make_inputs(*first.connection, options_, options_.range.empty() ? Draw::kStored : Draw::kReal);
  tell_if_alike(inputs);
  parts_.emplace(*first.connection, *second.connection, std::move(inputs), invoke_, keeps_all_);
  if (options_.inputs.empty()) parts_->spill_inputs();
  Parts::Results results = parts_->next({});
  first.result = std::move(results.first);
  second.result = std::move(results.second);
  if (!keeps_all_) following_.emplace(PartsThatFollow{*parts_, b_first, {&first.result, &second.result}, nullptr});
}

std::string Recording::drawn_from() const {
  if (!options_.range.empty()) return fmt::format("random, from {:g} to {:g}", options_.range[0], options_.range[1]);
  return "random, from -1 to 1 where they are real: --range gives other ones, -i those that the network was made for";
}

void Recording::choose_range(const Side &first, const Side &a, const Side &b) {
  const auto name = [&](const Side &side) { return &side == &a ? "A" : "B"; };
  if (is_quantized(*first.connection)) {
    drawn_ = fmt::format("random, all that those of {} can hold", name(first));
    return;
  }
  const auto of_b = told_range(b.connection->model()), of_a = told_range(a.connection->model());
  if (const auto both = common(of_b, of_a)) {
    options_.range = {both->low, both->high};
    drawn_ = fmt::format("random, from {:g} to {:g}: {} made for these values", both->low, both->high, both->node);
    return;
  }
  drawn_ = "random, from -1 to 1: neither side tells what it was made for, and --range does";
}

void Recording::run(Side &side, const Inputs &inputs) {
  Execution execution = execute(*side.connection, inputs, invoke_);
  if (execution.failure) throw *execution.failure;
  side.result = std::move(execution.result);
}

}  // namespace air::cli
