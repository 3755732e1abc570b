// SPDX-License-Identifier: BSD-3-Clause
// Checks of the outputs of an invoke: batches, owners of memory, alignment, modes that change inputs, states.
#include <algorithm>
#include <cstring>

#include "common/tensor_facts.h"
#include "model.h"

namespace conformance {
namespace {

void batches_equal_single_samples(const Context &context) {
  const Model model(context);
  for (const uint64_t n : {1U, 3U, 17U}) {
    Batch batch(context, model, n);
    model.start_afresh();
    const HeldResult result = batch.run(model);
    check(air_get_profile(result.get())->n_samples == n, "{} samples of {}", air_get_profile(result.get())->n_samples,
          n);
    model.start_afresh();
    for (uint64_t s = 0; s < n; ++s) {
      const Batch expected = batch.sample(s);
      Batch one = expected;
      one.run(model);
      check_equal_outputs(context, model, one.outputs(), expected.outputs(), 1, fmt::format("sample {} of {}", s, n));
    }
  }
}

void same_again(const Context &context) {
  const Model model(context);
  Batch batch(context, model, 5);
  model.start_afresh();
  batch.run(model);
  for (int i = 0; i < 3; ++i) check_usable(context, model, batch, "the same inputs");
}

void outputs_of_the_library(const Context &context) {
  const Model model(context);
  Batch batch(context, model, 4);
  model.start_afresh();
  batch.run(model);
  model.start_afresh();
  const HeldResult result = batch.run_kept(model, in_mode(AIR_MODE_IO_ONLY));
  for (uint32_t i = 0; i < model.info().n_outputs; ++i) {
    const air_tensor &info = *model.outputs()[i];
    for (uint64_t s = 0; s < 4; ++s) {
      check(fits(tensor_of(*result, AIR_PLACE_OUTPUT, 0, i, s), info), "{}: sample {} has another shape", info.name, s);
    }
    if (is_open(info)) continue;
    const air_view all = tensor_of(*result, AIR_PLACE_OUTPUT, 0, i);
    const std::vector<int64_t> shape = air::with_samples(air::storage_shape_of(info), 4);
    check(all.size_bytes == info.size_bytes * 4, "{}: {} bytes", info.name, all.size_bytes);
    check(all.dtype == info.dtype && std::equal(shape.begin(), shape.end(), all.shape, all.shape + all.rank),
          "{}: dtype or shape", info.name);
    for (uint64_t s = 0; s < 4; ++s) {
      const air_view one = tensor_of(*result, AIR_PLACE_OUTPUT, 0, i, s);
      check(one.size_bytes == info.size_bytes && one.rank == info.rank, "{}: one sample has {} bytes", info.name,
            one.size_bytes);
      check(std::memcmp(one.data, static_cast<const std::byte *>(all.data) + s * info.size_bytes, info.size_bytes) == 0,
            "{}: sample {} alone differs from all samples", info.name, s);
    }
  }
  check_equal_outputs(context, model, kept_outputs(*result), batch.outputs(), 4, "outputs of the library");
}

void memory_for_inputs(const Context &context) {
  const Model model(context);
  Batch batch(context, model, 3);
  model.start_afresh();
  batch.run(model);
  air_input_set *set = nullptr;
  check_ok(air_make_inputs(model.session(), 3, &set), "memory for inputs");
  const std::unique_ptr<air_input_set, decltype(&air_free_inputs)> owned(set, air_free_inputs);
  check(set->n == batch.inputs().size(), "{} inputs, expected {}", set->n, batch.inputs().size());
  for (uint32_t i = 0; i < set->n; ++i) {
    auto *data = static_cast<std::byte *>(set->data[i]);
    const Bytes &values = batch.inputs()[i];
    check(set->inputs[i].data == data && set->inputs[i].size_bytes == values.size(), "input {}: {} bytes", i,
          set->inputs[i].size_bytes);
    check(reinterpret_cast<uintptr_t>(data) % 64 == 0, "the memory of input {} is not aligned", i);
    check(std::all_of(data, data + values.size(), [](std::byte byte) { return byte == std::byte{0}; }),
          "the memory of input {} is not zero", i);
    std::copy(values.begin(), values.end(), data);
  }
  Batch again = batch;
  const auto outputs = outputs_of(again.outputs());
  const bool is_open = has_open_outputs(model);
  HeldResult result;
  model.start_afresh();
  check_ok(air_invoke(model.session(), 3, set->inputs, set->n, is_open ? nullptr : outputs.data(),
                      is_open ? 0 : static_cast<uint32_t>(outputs.size()), nullptr, nullptr, result.out()),
           "invoke");
  if (is_open) again.outputs() = kept_outputs(*result);
  check_equal_outputs(context, model, again.outputs(), batch.outputs(), 3, "memory of air_make_inputs()");
}

// Memory that begins `shift` bytes after an aligned address, between guard bytes.
class Guarded {
 public:
  Guarded(std::span<const std::byte> content, size_t shift) : shift_(kGuard + shift), size_(content.size()) {
    block_.assign(shift_ + size_ + kGuard, kFill);
    std::copy(content.begin(), content.end(), block_.begin() + static_cast<ptrdiff_t>(shift_));
  }

  std::byte *data() { return block_.data() + shift_; }
  Bytes content() { return Bytes(data(), data() + size_); }
  bool intact() const {
    const auto is_fill = [](std::byte byte) { return byte == kFill; };
    return std::all_of(block_.begin(), block_.begin() + static_cast<ptrdiff_t>(shift_), is_fill) &&
           std::all_of(block_.begin() + static_cast<ptrdiff_t>(shift_ + size_), block_.end(), is_fill);
  }

 private:
  static constexpr size_t kGuard = 64;
  static constexpr std::byte kFill{0xC3};

  size_t shift_;
  size_t size_;
  Bytes block_;
};

void unaligned_memory(const Context &context) {
  const Model model(context);
  need(!has_open_outputs(model), "an output has no size that memory could be made for");
  Batch batch(context, model, 3);
  model.start_afresh();
  batch.run(model);
  for (const size_t shift : {0U, 1U, 2U, 4U, 7U}) {
    std::vector<Guarded> in;
    std::vector<Guarded> out;
    for (const Bytes &block : batch.inputs()) in.emplace_back(block, shift);
    for (const Bytes &block : batch.outputs()) out.emplace_back(Bytes(block.size(), std::byte{0x5A}), shift);
    auto in_buffers = inputs_of(batch.inputs());
    auto out_buffers = outputs_of(batch.outputs());
    for (size_t i = 0; i < in.size(); ++i) in_buffers[i].data = in[i].data();
    for (size_t i = 0; i < out.size(); ++i) out_buffers[i].data = out[i].data();
    model.start_afresh();
    check_ok(air_invoke(model.session(), 3, in_buffers.data(), static_cast<uint32_t>(in.size()), out_buffers.data(),
                        static_cast<uint32_t>(out.size()), nullptr, nullptr, nullptr),
             fmt::format("memory {} bytes off", shift));
    std::vector<Bytes> got;
    for (size_t i = 0; i < in.size(); ++i) {
      check(in[i].intact() && in[i].content() == batch.inputs()[i], "input {} was written to", i);
    }
    for (size_t i = 0; i < out.size(); ++i) {
      check(out[i].intact(), "bytes around output {} were written to", i);
      got.push_back(out[i].content());
    }
    check_equal_outputs(context, model, got, batch.outputs(), 3, fmt::format("memory {} bytes off", shift));
  }
}

void fixed_input(const Context &context) {
  const Model model(context);
  Batch fixed(context, model, 3);
  Batch filled = fixed;
  for (size_t i = 0; i < filled.inputs().size(); ++i) {
    const air_tensor &info = *model.inputs()[i];
    const size_t size = air_dtype_bits(info.dtype) / 8;
    need(size > 0, "elements of {} are smaller than a byte", info.name);
    for (uint64_t s = 0; s < 3; ++s) {
      std::byte *sample = filled.inputs()[i].data() + s * info.size_bytes;
      for (size_t at = size; at < info.size_bytes; at += size) std::memcpy(sample + at, sample, size);
    }
  }
  model.start_afresh();
  fixed.run(model, in_mode(AIR_MODE_FIXED_INPUT));
  model.start_afresh();
  filled.run(model);
  check_equal_outputs(context, model, fixed.outputs(), filled.outputs(), 3, "FIXED_INPUT");
}

void performance_only(const Context &context) {
  const Model model(context);
  Batch batch(context, model, 3);
  for (Bytes &block : batch.outputs()) std::fill(block.begin(), block.end(), std::byte{0x5A});
  const std::vector<Bytes> before = batch.outputs();
  const HeldResult result = batch.run(model, in_mode(AIR_MODE_PERF_ONLY));
  check(batch.outputs() == before, "outputs were written");
  check(air_get_profile(result.get())->n_runs == 3, "{} runs, expected 3", air_get_profile(result.get())->n_runs);
}

void states(const Context &context) {
  const Model model(context);
  if (!model.can(AIR_CAP_RESET_STATES)) {
    check(air_reset_states(model.session(), nullptr) == AIR_ERROR_UNSUPPORTED, "a model without states could be reset");
    return;
  }
  Batch batch(context, model, 4);
  model.start_afresh();
  batch.run(model);
  Batch later(context, model, 4, 7);
  later.run(model);
  check_usable(context, model, batch, "other samples and a reset");
}

constexpr Check kChecks[] = {
    {"invoke: batches of 1, 3, 17 equal single samples", batches_equal_single_samples},
    {"invoke: the same again", same_again},
    {"invoke: outputs of the library", outputs_of_the_library},
    {"invoke: memory for inputs", memory_for_inputs},
    {"invoke: unaligned and guarded memory", unaligned_memory},
    {"invoke: FIXED_INPUT", fixed_input},
    {"invoke: PERF_ONLY", performance_only},
    {"invoke: states", states},
};

}  // namespace

std::span<const Check> invoke_checks() {
  return kChecks;
}

}  // namespace conformance
