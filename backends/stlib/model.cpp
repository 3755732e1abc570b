// SPDX-License-Identifier: BSD-3-Clause
// One model of a library: what both flavours share.
#include "model.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "common/error.h"
#include "peek.h"

namespace air::stlib {
namespace {

constexpr uint32_t kPerLayer = AIR_MODE_PER_LAYER | AIR_MODE_PER_LAYER_WITH_DATA;

bool is_aligned(const void *address, uint64_t alignment) noexcept {
  return alignment != 0 && (reinterpret_cast<uintptr_t>(address) & (alignment - 1)) == 0;
}

uint64_t total_bytes(const TensorList &pools) {
  uint64_t total = 0;
  for (uint32_t i = 0; i < pools.size(); ++i) total += pools[i].size_bytes;
  return total;
}

}  // namespace

void Model::run(const air_run &run) {
  if (corrupted_ != nullptr) fail_corrupted();
  if (run.n_samples == 0 || run.n_samples > context_.batch) {
    fail(AIR_ERROR_INTERNAL, "model '{}': {} samples in one run, possible are 1 to {}", facts_.name, run.n_samples,
         context_.batch);
  }
  const bool last = (run.flags & AIR_RUN_LAST) != 0;
  const bool per_layer = (run.mode & kPerLayer) != 0;
  observe(per_layer);
  place_inputs(run);
  place_outputs(run);
  bind(run.n_samples);
  execute(run);
  collect_outputs(run);
  check_guards();
  if (per_layer && last) observe(false);
  if ((run.mode & AIR_MODE_DEBUG) != 0) log_run(run);
}

void Model::log_run(const air_run &run) const {
  const auto place = [](const Port &port, const void *caller) {
    return port.fixed != nullptr ? "inside activations" : port.current == caller ? "in place" : "copied";
  };
  std::string text = fmt::format("model '{}', sample {} ({} in this run): {} ns in the network", facts_.name,
                                 run.sample, run.n_samples, run.result->exec_ns);
  for (uint32_t i = 0; i < inputs_.size(); ++i) {
    text += fmt::format(", {} {}", inputs_[i].name, place(input_ports_[i], run.inputs[i]));
  }
  for (uint32_t i = 0; i < outputs_.size(); ++i) {
    text += fmt::format(", {} {}", outputs_[i].name, place(output_ports_[i], run.outputs[i]));
  }
  context_.log.write(AIR_LOG_DEBUG, "{}", text);
}

GuardedMemory &Model::allocate(std::string name, uint64_t size) {
  return memory_.emplace_back(std::move(name), size);
}

Model::Port Model::make_port(const air_tensor_info &tensor, std::byte *fixed, uint64_t allocated_bytes) {
  if (tensor.n_elements == 0)
    fail(AIR_ERROR_INVALID_MODEL, "model '{}': tensor '{}' ({}) has no elements", c_name_, tensor.name, tensor.tag);
  Port port;
  port.sample_bytes = tensor.size_bytes;
  port.fixed = fixed;
  port.current = fixed;
  if (fixed != nullptr) {
    check_fixed(tensor, fixed);
    return port;
  }
  uint64_t bytes = 0;
  if (__builtin_mul_overflow(std::max(tensor.size_bytes, allocated_bytes), uint64_t{context_.batch}, &bytes)) {
    fail(AIR_ERROR_NO_MEMORY, "model '{}': {} samples of tensor '{}' do not fit memory", c_name_, context_.batch,
         tensor.name);
  }
  port.own = &allocate(fmt::format("tensor '{}' ({})", tensor.name, tensor.tag), bytes);
  port.current = port.own->data();
  // A library that wants more memory than a sample has must not be given the caller's.
  port.alignment = allocated_bytes <= tensor.size_bytes ? kCallerAlignment : 0;
  return port;
}

void Model::check_fixed(const air_tensor_info &tensor, std::byte *fixed) const {
  const auto inside = [&](const GuardedMemory &memory) { return memory.contains(fixed); };
  const auto home = std::find_if(memory_.begin(), memory_.end(), inside);
  if (home != memory_.end() && tensor.size_bytes > static_cast<uint64_t>(home->data() + home->size() - fixed)) {
    fail(AIR_ERROR_INVALID_MODEL, "model '{}': tensor '{}' of {} bytes extends beyond the end of its {} ({} bytes)",
         c_name_, tensor.name, tensor.size_bytes, home->name(), home->size());
  }
  if (home == memory_.end() && !writable(fixed, tensor.size_bytes)) {
    fail(AIR_ERROR_INVALID_MODEL, "model '{}': tensor '{}' of {} bytes is at {}, where no memory is", c_name_,
         tensor.name, tensor.size_bytes, fmt::ptr(fixed));
  }
}

// Observed runs use our own memory: its addresses stay the same, so that what nodes point to is checked once.
void Model::place_inputs(const air_run &run) noexcept {
  const bool in_place = (run.mode & kPerLayer) == 0;
  for (size_t i = 0; i < input_ports_.size(); ++i) {
    Port &port = input_ports_[i];
    const void *from = run.inputs[i];
    if (port.fixed == nullptr && in_place && is_aligned(from, port.alignment)) {
      port.current = static_cast<std::byte *>(const_cast<void *>(from));
      continue;
    }
    port.current = port.fixed != nullptr ? port.fixed : port.own->data();
    std::memcpy(port.current, from, port.sample_bytes * run.n_samples);
  }
}

// The last run writes into guarded memory, so that no overrun can go beyond the end of the caller's memory unnoticed.
void Model::place_outputs(const air_run &run) noexcept {
  const bool in_place = (run.flags & AIR_RUN_LAST) == 0 && (run.mode & (AIR_MODE_PERF_ONLY | kPerLayer)) == 0;
  for (size_t i = 0; i < output_ports_.size(); ++i) {
    Port &port = output_ports_[i];
    if (port.fixed != nullptr) continue;
    const bool direct = in_place && is_aligned(run.outputs[i], port.alignment);
    port.current = direct ? static_cast<std::byte *>(run.outputs[i]) : port.own->data();
  }
}

void Model::collect_outputs(const air_run &run) const noexcept {
  if ((run.mode & AIR_MODE_PERF_ONLY) != 0) return;
  for (size_t i = 0; i < output_ports_.size(); ++i) {
    const Port &port = output_ports_[i];
    if (port.current != run.outputs[i]) std::memcpy(run.outputs[i], port.current, port.sample_bytes * run.n_samples);
  }
}

void Model::check_guards() {
  for (const GuardedMemory &memory : memory_) {
    if (memory.intact()) continue;
    corrupted_ = &memory;
    fail_corrupted();
  }
}

void Model::fail_corrupted() const {
  fail(AIR_ERROR_CORRUPTED,
       "model '{}' wrote beyond the end of its {} ({} bytes): its results cannot be trusted and it is not run again; "
       "rebuild the library",
       facts_.name, corrupted_->name(), corrupted_->size());
}

void Model::rename(const std::string &name) {
  facts_.name = name;
  info_.name = facts_.name.c_str();
}

void Model::publish(uint32_t capabilities, uint64_t states_bytes) {
  runtime_.struct_size = sizeof(runtime_);
  runtime_.name = facts_.runtime_name;
  runtime_.description = "";
  runtime_.compiler = "";
  runtime_.protocol = "DLL Driver v2.0 - Direct C binding";
  std::copy_n(facts_.runtime_version, 3, runtime_.version);
  std::copy_n(facts_.tools_version, 3, runtime_.tools_version);

  info_.struct_size = sizeof(info_);
  info_.capabilities = capabilities;
  info_.name = facts_.name.c_str();
  info_.model_datetime = facts_.model_datetime.c_str();
  info_.compile_datetime = facts_.compile_datetime.c_str();
  info_.hash = facts_.hash.c_str();
  info_.flags = facts_.flags.c_str();
  info_.n_nodes = facts_.n_nodes;
  info_.native_batch = context_.batch;
  info_.macc = facts_.macc;
  info_.weights_bytes = total_bytes(weights_pools_);
  info_.activations_bytes = total_bytes(activations_pools_);
  info_.states_bytes = states_bytes;
  info_.n_inputs = inputs_.size();
  info_.n_outputs = outputs_.size();
  info_.inputs = inputs_.infos();
  info_.outputs = outputs_.infos();
  info_.n_weights_pools = weights_pools_.size();
  info_.n_activations_pools = activations_pools_.size();
  info_.weights_pools = weights_pools_.infos();
  info_.activations_pools = activations_pools_.infos();
  info_.runtime = &runtime_;
  info_.device = &context_.device;
  info_.install_ms = info_.init_ms = -1.0;
}

}  // namespace air::stlib
