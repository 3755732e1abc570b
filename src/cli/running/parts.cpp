// SPDX-License-Identifier: BSD-3-Clause
// Two connections run on the same inputs in parts, so that the data of nodes of all samples is never there at once.
#include "cli/running/parts.h"

#include <fmt/format.h>

#include <algorithm>
#include <span>

#include "cli/running/execution.h"
#include "platform/files/mapped_file.h"

namespace air::cli {
namespace {

constexpr uint64_t kMostBytes = 128 << 20;      // of what both results of a part hold
constexpr uint64_t kMostInputBytes = 16 << 20;  // that stay in memory where only some are needed at once

bool is_known(const air_node *node) {
  return node->n_outputs > 0;
}

bool knows_nodes(const air_model &model) {
  return model.n_nodes == model.n_nodes_told && std::all_of(model.nodes, model.nodes + model.n_nodes, is_known);
}

uint64_t bytes_of(std::span<const air_tensor *const> tensors) {
  uint64_t bytes = 0;
  for (const air_tensor *tensor : tensors) bytes += tensor->size_bytes;
  return bytes;
}

// That the result of one sample holds.
uint64_t bytes_of_sample(const air_model &model, uint32_t mode) {
  uint64_t bytes = bytes_of({model.inputs, model.n_inputs}) + bytes_of({model.outputs, model.n_outputs});
  if ((mode & AIR_MODE_PER_LAYER_WITH_DATA) == 0) return bytes;
  for (uint32_t i = 0; i < model.n_nodes; ++i) bytes += bytes_of({model.nodes[i]->outputs, model.nodes[i]->n_outputs});
  return bytes;
}

}  // namespace

// States go from sample to sample, and the judge resets them.
Parts::Parts(const Connection &first, const Connection &second, Inputs inputs, const air_invoke_options &invoke,
             bool whole)
    : first_(first), second_(second), inputs_(std::move(inputs)), invoke_(invoke), part_(inputs_.n_samples) {
  const bool samples_lead = std::ranges::all_of(inputs_.arrays, [this](const InputArray &array) {
    return !array.shape.empty() && static_cast<uint64_t>(array.shape.front()) == inputs_.n_samples;
  });
  const bool has_states = first.model().states_bytes > 0 || second.model().states_bytes > 0;
  if (whole || has_states || !samples_lead || inputs_.n_samples < 2) return;
  for (const Connection *connection : {&first_, &second_}) make_nodes_known(*connection);
  const uint64_t bytes = bytes_of_sample(first.model(), invoke.mode) + bytes_of_sample(second.model(), invoke.mode) + 1;
  part_ = std::clamp<uint64_t>(kMostBytes / bytes, 1, inputs_.n_samples);
}

void Parts::spill_inputs() {
  uint64_t bytes = 0;
  for (const InputArray &array : inputs_.arrays) bytes += array.data.size();
  if (part_ == inputs_.n_samples || bytes < kMostInputBytes) return;
  std::vector<InputArray> copies = inputs_.arrays;
  for (InputArray &array : copies) {
    const std::shared_ptr<const unsigned char> copy = copy_to_file(array.data, kFailed);
    if (copy == nullptr) return;
    array.data = {copy.get(), array.data.size()};
    array.memory = copy;
  }
  inputs_.arrays = std::move(copies);  // all at once: they share the memory that they had
}

// Some runtimes tell with the first run only what nodes compute, and so how much memory it takes.
void Parts::make_nodes_known(const Connection &connection) const {
  if ((invoke_.mode & AIR_MODE_PER_LAYER_WITH_DATA) == 0 || knows_nodes(connection.model())) return;
  air_input_set *set = nullptr;
  check(air_make_inputs(connection.session(), 1, &set), kFailed);
  air_invoke_options invoke = invoke_;
  invoke.mode = AIR_MODE_PER_LAYER;
  execute(connection, inputs_of(set, 1, "nothing"), invoke);
}

Inputs Parts::part_of(uint64_t first, uint64_t count) const {
  Inputs part = inputs_;
  part.n_samples = count;
  if (count == inputs_.n_samples) return part;
  for (InputArray &array : part.arrays) {
    const uint64_t size = array.data.size() / inputs_.n_samples;
    array.data = array.data.subspan(first * size, count * size);
    array.shape.front() = static_cast<int64_t>(count);
  }
  return part;
}

HeldResult Parts::run(const Connection &connection, const Inputs &inputs, const std::optional<Nodes> &kept) const {
  air_invoke_options invoke = invoke_;
  if (kept && (invoke.mode & AIR_MODE_PER_LAYER_WITH_DATA) != 0) {
    invoke.n_keep_nodes = static_cast<uint32_t>(kept->size());
    invoke.keep_nodes = kept->data();
  }
  Execution execution = execute(connection, inputs, invoke);
  if (execution.failure) throw *execution.failure;
  return std::move(execution.result);
}

Parts::Results Parts::next(const Needed &needed) {
  Results results;
  if (is_last()) {
    done_ = 0;
    is_again_ = true;
  }
  const uint64_t count = std::min(part_, inputs_.n_samples - done_);
  const Inputs part = part_of(done_, count);
  const auto run_part = [&](const Connection &connection, const Inputs &inputs, const std::optional<Nodes> &kept) {
    try {
      return run(connection, inputs, kept);
    } catch (Failure &failure) {
      if (count < inputs_.n_samples)  // which what failed does not know
        failure.causes.push_back(
            fmt::format("these are samples {} to {} of {}", done_ + 1, done_ + count, inputs_.n_samples));
      throw;
    }
  };
  results.first = run_part(first_, part, needed.first);
  for (const InputArray &array : part.arrays) forget(array.data);
  air_input_set *set = nullptr;
  check(air_convert_inputs(second_.session(), results.first.get(), &set), kFailed);
  results.second = run_part(second_, inputs_of(set, count, "that of the other side, converted"), needed.second);
  if (!is_again_) {
    times_.first.add(*results.first);
    times_.second.add(*results.second);
  }
  done_ += count;
  return results;
}

air_status PartsThatFollow::next(void *self, const air_needed_nodes *needed, const air_result **out_reference,
                                 const air_result **out_other) {
  auto &own = *static_cast<PartsThatFollow *>(self);
  try {
    for (HeldResult *held : own.former) *held = {};
    Parts::Needed nodes = {Parts::Nodes(needed->reference, needed->n_reference),
                           Parts::Nodes(needed->other, needed->n_other)};
    if (own.reference_is_second) std::swap(nodes.first, nodes.second);
    Parts::Results results = own.parts.next(nodes);
    if (own.reference_is_second) std::swap(results.first, results.second);
    *out_reference = air_retain_result(results.first.get());
    *out_other = air_retain_result(results.second.get());
    return AIR_OK;
  } catch (...) {
    own.failure = std::current_exception();
    air_set_error(AIR_ERROR_CALLBACK, 0, "the samples that follow could not be run");
    return AIR_ERROR_CALLBACK;
  }
}

}  // namespace air::cli
