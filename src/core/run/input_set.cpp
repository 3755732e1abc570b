// SPDX-License-Identifier: BSD-3-Clause
// Inputs in memory of the backend, where it has some for them, else of the library.
#include "core/run/input_set.h"

#include <cmath>
#include <cstring>
#include <new>
#include <optional>

#include "common/memory_size.h"
#include "core/error.h"
#include "core/run/random.h"
#include "core/run/runner.h"
#include "core/values/tensor.h"
#include "platform/machine/machine.h"

namespace air {
namespace {

constexpr size_t kAlignment = 64;

void check_n_samples(uint64_t n_samples) {
  if (n_samples == 0) fail(AIR_ERROR_INVALID_ARGUMENT, "n_samples is 0, expected at least 1");
}

bool is_drawn_as_real(const air_tensor &tensor, uint32_t io_mode) {
  const bool stands_for_reals =
      tensor.encoding == AIR_ENCODING_QUANTIZED || tensor.encoding == AIR_ENCODING_FIXED_POINT;
  return (io_mode & AIR_IO_QUANTIZE) != 0 && stands_for_reals && !scales_of(tensor).empty();
}

}  // namespace

void InputSet::Free::operator()(std::byte *memory) const noexcept {
  if (plugin == nullptr) return ::operator delete (memory, std::align_val_t{kAlignment});
  plugin->enter("free_memory", [&] { plugin->backend().free_memory(memory); });
}

InputSet::Memory InputSet::make_memory(uint64_t wanted) {
  const size_t size = memory_size(wanted);
  Memory memory(static_cast<std::byte *>(::operator new (size, std::align_val_t{kAlignment})));
  std::memset(memory.get(), 0, size);
  return memory;
}

InputSet::Memory InputSet::make_memory(const Session &session, uint32_t input, uint64_t size) {
  const Runner &runner = session.runner();
  const Plugin &plugin = runner.plugin();
  void *data = nullptr;
  const air_status status = plugin.enter("make_memory", [&] {
    return plugin.backend().make_memory(runner.connection(), session.index(), input, size, &data);
  });
  if (status == AIR_ERROR_UNSUPPORTED) return nullptr;
  if (status != AIR_OK) throw_backend_error(status, plugin.name(), "make_memory");
  return judged(plugin.name(), "make_memory", [&] {
    if (data == nullptr) fail(AIR_ERROR_INTERNAL, "memory of {} bytes for input {} is NULL", size, input);
    Memory memory(static_cast<std::byte *>(data), Free{runner.shared_plugin()});
    if (reinterpret_cast<uintptr_t>(data) % kAlignment != 0) {
      fail(AIR_ERROR_INTERNAL, "memory for input {} lies at {}, expected a multiple of {}", input, data, kAlignment);
    }
    return memory;
  });
}

InputSet::InputSet(const Session &session, uint64_t n_samples, const std::vector<bool> &real) : air_input_set{} {
  const air_model &model = session.model();
  const bool offers_memory = session.runner().plugin().backend().make_memory != nullptr;
  std::optional<const Runner::Hold> hold;
  if (offers_memory) hold.emplace(session.runner());
  for (uint32_t i = 0; i < model.n_inputs; ++i) {
    const Form form = real[i] ? float_form(*model.inputs[i]) : storage_form(*model.inputs[i]);
    const uint64_t size = checked_size(form.sample_bytes, n_samples);
    Memory block = offers_memory && !real[i] && size > 0 ? make_memory(session, i, size) : nullptr;
    blocks_.push_back(block != nullptr ? std::move(block) : make_memory(size));
    data_.push_back(blocks_.back().get());
    shapes_.push_back(with_samples(form.shape, n_samples));
    inputs_.push_back(
        {data_.back(), size, shapes_.back().data(), static_cast<uint32_t>(shapes_.back().size()), form.dtype});
  }
  n = model.n_inputs;
  inputs = inputs_.data();
  data = data_.data();
}

std::unique_ptr<InputSet> make_inputs(const Session &session, uint64_t n_samples) {
  check_n_samples(n_samples);
  return std::make_unique<InputSet>(session, n_samples, std::vector<bool>(session.model().n_inputs));
}

namespace {

// What would not fit is refused before the machine takes ages to find out; what no integer counts, by InputSet.
void check_memory(const air_model &model, const std::vector<bool> &real, uint64_t n_samples) {
  const uint64_t memory = machine_memory();
  double bytes = 0;  // of a sample; of all they may be more than any integer
  for (uint32_t i = 0; i < model.n_inputs; ++i) {
    const air_tensor &tensor = *model.inputs[i];
    bytes += real[i] ? static_cast<double>(checked_product(shape_of(tensor))) * sizeof(float)
                     : static_cast<double>(tensor.size_bytes);
  }
  const double most = bytes > 0 ? static_cast<double>(memory) / bytes : HUGE_VAL;
  const bool is_countable = static_cast<double>(n_samples) * bytes < static_cast<double>(UINT64_MAX);
  if (memory == 0 || !is_countable || static_cast<double>(n_samples) <= most) return;
  fail(AIR_ERROR_NO_MEMORY,
       "{} samples of {:.0f} bytes of inputs take more than the {} bytes of this machine: make at most {:.0f} at once",
       n_samples, bytes, memory, std::floor(most / 2));
}

}  // namespace

std::unique_ptr<InputSet> make_random_inputs(const Session &session, uint64_t n_samples, const air_random &random) {
  const air_model &model = session.model();
  check_n_samples(n_samples);
  if (random.reserved != 0) fail(AIR_ERROR_INVALID_ARGUMENT, "air_random.reserved is not 0");
  if ((random.io_mode & ~AIR_IO_QUANTIZE) != 0) {
    fail(AIR_ERROR_INVALID_ARGUMENT, "air_random.io_mode is {:#x}, expected 0 or AIR_IO_QUANTIZE", random.io_mode);
  }
  const bool finite = std::isfinite(random.low) && std::isfinite(random.high);
  if (random.has_range != 0 && !(finite && random.low <= random.high)) {
    fail(AIR_ERROR_INVALID_ARGUMENT, "range {}..{} is empty or without end", random.low, random.high);
  }
  std::vector<bool> real(model.n_inputs);
  for (uint32_t i = 0; i < model.n_inputs; ++i) real[i] = is_drawn_as_real(*model.inputs[i], random.io_mode);
  check_memory(model, real, n_samples);
  auto set = std::make_unique<InputSet>(session, n_samples, real);
  RandomInputs generator(random);
  for (uint32_t i = 0; i < model.n_inputs; ++i) {
    air_tensor tensor = *model.inputs[i];
    const uint64_t n_elements = real[i] ? checked_product(shape_of(tensor)) : tensor.n_elements;
    if (real[i]) tensor.dtype = AIR_DTYPE_FLOAT32;
    generator.fill(tensor, n_elements * n_samples, set->data[i]);
  }
  return set;
}

}  // namespace air
