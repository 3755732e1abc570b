// SPDX-License-Identifier: BSD-3-Clause
// One model of a library: what both flavours share.
#include "stlib/model/model.h"

#include <algorithm>
#include <cstring>
#include <numeric>
#include <utility>

#include "common/error.h"
#include "common/memory_size.h"
#include "platform/machine/peek.h"
#include "plugin/host_device.h"

namespace air::stlib {
namespace {

constexpr uint32_t kPerLayer = AIR_MODE_PER_LAYER | AIR_MODE_PER_LAYER_WITH_DATA;

// Given values are put into the network's memory where a node ends.
bool is_observed(const backend::Run &run) noexcept {
  return run.has(kPerLayer) || run.has_given();
}

bool is_aligned(const void *address, uint64_t alignment) noexcept {
  return alignment != 0 && (reinterpret_cast<uintptr_t>(address) & (alignment - 1)) == 0;
}

uint64_t total_bytes(const std::vector<Tensor> &pools) {
  return std::accumulate(pools.begin(), pools.end(), uint64_t{0},
                         [](uint64_t sum, const Tensor &pool) { return sum + pool.size_bytes; });
}

// Of what the library tells, 0 is a number like others.
uint64_t known(uint64_t n) noexcept {
  return n == 0 ? AIR_BACKEND_ZERO : n;
}

std::string version_text(const uint32_t (&version)[3]) {
  if ((version[0] | version[1] | version[2]) == 0) return "";
  return fmt::format("{}.{}.{}", version[0], version[1], version[2]);
}

}  // namespace

void Model::run(backend::Run &run) {
  if (corrupted_ != nullptr) fail_corrupted();
  const air_run &given = run.c();
  if (given.n_samples == 0 || given.n_samples > context_.batch) {
    fail(AIR_ERROR_INTERNAL, "model '{}': {} samples in one run, possible are 1 to {}", facts_.name, given.n_samples,
         context_.batch);
  }
  observe(is_observed(run));
  place_inputs(run);
  place_outputs(run);
  bind(given.n_samples);
  execute(run);
  if (run.has_given()) tracker()->check_given();
  collect_outputs(given);
  check_guards();
  if (is_observed(run) && (given.flags & AIR_RUN_LAST) != 0) observe(false);
  if (run.has(AIR_MODE_DEBUG)) log_run(given);
}

void Model::prepare(std::span<const uint32_t> nodes) {
  if (tracker() == nullptr) fail(AIR_ERROR_UNSUPPORTED, "the nodes of model '{}' cannot be observed", facts_.name);
  tracker()->prepare(nodes);
}

void Model::log_run(const air_run &run) const {
  const auto place = [](const Port &port, const void *caller) {
    return port.fixed != nullptr ? "inside activations" : port.current == caller ? "in place" : "copied";
  };
  std::string text = fmt::format("model '{}', sample {} ({} in this run): {} ns in the network", facts_.name,
                                 run.sample, run.n_samples, run.result->run_ns);
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

Model::Port Model::make_port(const Tensor &tensor, std::byte *fixed, uint64_t allocated_bytes) {
  if (tensor.size_bytes == 0)
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

void Model::check_fixed(const Tensor &tensor, std::byte *fixed) const {
  const auto inside = [&](const GuardedMemory &memory) { return memory.contains(fixed); };
  const auto home = std::find_if(memory_.begin(), memory_.end(), inside);
  if (home != memory_.end() && tensor.size_bytes > static_cast<uint64_t>(home->data() + home->size() - fixed)) {
    fail(AIR_ERROR_INVALID_MODEL, "model '{}': tensor '{}' of {} bytes extends beyond the end of its {} ({} bytes)",
         c_name_, tensor.name, tensor.size_bytes, home->name(), home->size());
  }
  if (home == memory_.end() && !writable(fixed, memory_size(tensor.size_bytes))) {
    fail(AIR_ERROR_INVALID_MODEL, "model '{}': tensor '{}' of {} bytes is at {}, where no memory is", c_name_,
         tensor.name, tensor.size_bytes, fmt::ptr(fixed));
  }
}

// Observed runs use our own memory: its addresses stay the same, so that what nodes point to is checked once.
void Model::place_inputs(const backend::Run &run) noexcept {
  const bool in_place = !is_observed(run);
  for (size_t i = 0; i < input_ports_.size(); ++i) {
    Port &port = input_ports_[i];
    const void *from = run.input(i);
    if (port.fixed == nullptr && in_place && is_aligned(from, port.alignment)) {
      port.current = static_cast<std::byte *>(const_cast<void *>(from));
      continue;
    }
    port.current = port.fixed != nullptr ? port.fixed : port.own->data();
    std::memcpy(port.current, from, port.sample_bytes * run.n_samples());
  }
}

// The last run writes into guarded memory, so that no overrun can go beyond the end of the caller's memory unnoticed.
void Model::place_outputs(const backend::Run &run) noexcept {
  const bool in_place = (run.c().flags & AIR_RUN_LAST) == 0 && run.wants_outputs() && !is_observed(run);
  for (size_t i = 0; i < output_ports_.size(); ++i) {
    Port &port = output_ports_[i];
    if (port.fixed != nullptr) continue;
    const bool direct = in_place && is_aligned(run.output(i), port.alignment);
    port.current = direct ? static_cast<std::byte *>(run.output(i)) : port.own->data();
  }
}

void Model::collect_outputs(const air_run &run) const noexcept {
  if ((run.mode & AIR_MODE_PERF_ONLY) != 0) return;
  for (size_t i = 0; i < output_ports_.size(); ++i) {
    const Port &port = output_ports_[i];
    if (port.current != run.outputs[i]) std::memcpy(run.outputs[i], port.current, port.sample_bytes * run.n_samples);
  }
}

void Model::set_times(backend::Run &run, uint64_t begin_ns, uint64_t end_ns, const NodeTracker *nodes) noexcept {
  air_run_result &result = run.result();
  const bool nodes_timed = nodes != nullptr && nodes->n_ended() > 0;
  result.device_ns = known(nodes_timed ? nodes->device_ns() : end_ns - begin_ns);
  result.run_ns = end_ns - begin_ns;
  result.end_ns = end_ns;
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

backend::Properties Model::properties() const {
  backend::Properties properties = host_device();
  const auto add = [&properties](const char *key, std::string value) {
    if (!value.empty()) properties.emplace_back(key, std::move(value));
  };
  add("runtime", facts_.runtime_name);
  add("runtime.protocol", "DLL Driver v2.0 - Direct C binding");
  add("runtime.version", version_text(facts_.runtime_version));
  add("tools.version", version_text(facts_.tools_version));
  add("hash", facts_.hash);
  add("model_datetime", facts_.model_datetime);
  add("compile_datetime", facts_.compile_datetime);
  add("flags", facts_.flags);
  for (const auto *tensors : {&inputs_, &outputs_, &weights_pools_, &activations_pools_})
    add_formats(properties, *tensors);
  const auto add_addresses = [&properties](const std::vector<Tensor> &tensors, const std::vector<Port> &ports) {
    for (size_t i = 0; i < ports.size(); ++i) {
      if (ports[i].fixed == nullptr) continue;
      properties.emplace_back("st.address." + tensors[i].tag,
                              fmt::format("{:#x}", reinterpret_cast<uintptr_t>(ports[i].fixed)));
    }
  };
  add_addresses(inputs_, input_ports_);
  add_addresses(outputs_, output_ports_);
  return properties;
}

backend::Model Model::describe() const {
  backend::Model model;
  model.name = facts_.name;
  model.capabilities = capabilities_;
  model.inputs.assign(inputs_.begin(), inputs_.end());
  model.outputs.assign(outputs_.begin(), outputs_.end());
  model.n_nodes = facts_.n_nodes <= kMaxNodes ? facts_.n_nodes : 0;
  model.properties = properties();
  model.native_batch = context_.batch;
  model.macc = known(facts_.macc);
  model.weights_bytes = known(total_bytes(weights_pools_));
  model.activations_bytes = known(total_bytes(activations_pools_));
  model.states_bytes = states_bytes_ ? known(*states_bytes_) : 0;
  model.weights_pools.assign(weights_pools_.begin(), weights_pools_.end());
  model.activations_pools.assign(activations_pools_.begin(), activations_pools_.end());
  return model;
}

}  // namespace air::stlib
