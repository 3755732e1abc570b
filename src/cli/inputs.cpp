// SPDX-License-Identifier: BSD-3-Clause
// The inputs of a run: from files, or random.
#include "inputs.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <optional>
#include <span>

#include "failure.h"
#include "files.h"
#include "npz/npz.h"

namespace air::cli {
namespace {

constexpr uint64_t kDefaultBatch = 10;

// Puts files to the inputs of a model.
class Assignment {
 public:
  explicit Assignment(const air_model_info &info) : tensors_(info.inputs, info.n_inputs), slots_(info.n_inputs) {}

  void add(const std::string &argument);
  Inputs finish();

 private:
  struct Slot {
    std::optional<Array> array;
    std::string source;
  };

  size_t index_of(const std::string &name) const {
    const auto found = std::find_if(tensors_.begin(), tensors_.end(), [&](const auto *t) { return t->name == name; });
    return static_cast<size_t>(found - tensors_.begin());
  }
  std::string names() const {
    std::string text;
    for (const air_tensor_info *tensor : tensors_) text += (text.empty() ? "" : ", ") + std::string(tensor->name);
    return text;
  }
  void add_npz(const std::string &path);
  void set(size_t index, Array array, const std::string &source);

  std::span<const air_tensor_info *const> tensors_;
  std::vector<Slot> slots_;
};

// Bytes as the network stores them, without a header.
Array raw_array(const std::string &path, const air_tensor_info &tensor) {
  Bytes bytes = read_file(path);
  if (tensor.size_bytes == 0 || bytes.empty() || bytes.size() % tensor.size_bytes != 0) {
    throw Failure(kBadInput, fmt::format("{}: {} raw bytes, expected a multiple of the {} bytes of one sample of {}",
                                         path, bytes.size(), tensor.size_bytes, tensor.name));
  }
  Array array{tensor.dtype, {tensor.storage_shape, tensor.storage_shape + tensor.rank}, std::move(bytes)};
  if (array.shape.empty()) array.shape.push_back(1);
  array.shape[0] = static_cast<int64_t>(array.data.size() / tensor.size_bytes);
  return array;
}

void Assignment::add(const std::string &argument) {
  size_t index = index_of(argument.substr(0, argument.find('=')));
  const bool named = index < slots_.size() && argument.find('=') != std::string::npos;
  const std::string path = named ? argument.substr(argument.find('=') + 1) : argument;
  if (!named && extension(path) == ".npz") {
    add_npz(path);
    return;
  }
  if (!named) {
    const auto free_slot = std::find_if(slots_.begin(), slots_.end(), [](const Slot &s) { return !s.array; });
    index = static_cast<size_t>(free_slot - slots_.begin());
  }
  if (index == slots_.size()) {
    throw Failure(kBadInput,
                  fmt::format("{}: one file too many: the model has {} input(s): {}", path, slots_.size(), names()));
  }
  set(index, extension(path) == ".npy" ? parse_npy(read_file(path), path) : raw_array(path, *tensors_[index]), path);
}

// Arrays are found by the names of the inputs, or, as numpy.savez() names them without keywords, by position.
void Assignment::add_npz(const std::string &path) {
  std::vector<NamedArray> arrays = read_npz(path);
  size_t n_found = 0;
  for (NamedArray &item : arrays) {
    size_t index = index_of(item.name);
    for (size_t i = 0; i < slots_.size() && index == slots_.size(); ++i) {
      if (item.name == fmt::format("arr_{}", i)) index = i;
    }
    if (index == slots_.size()) continue;
    set(index, std::move(item.array), fmt::format("{}: {}", path, item.name));
    ++n_found;
  }
  if (n_found > 0) return;
  std::string found;
  for (const NamedArray &item : arrays) found += (found.empty() ? "" : ", ") + item.name;
  throw Failure(kBadInput, fmt::format("{}: no array is called like an input of the model ({}); the file has: {}", path,
                                       names(), found.empty() ? "no arrays" : found));
}

void Assignment::set(size_t index, Array array, const std::string &source) {
  if (slots_[index].array) {
    throw Failure(kBadInput, fmt::format("{}: input {} is given twice, first by {}", source, tensors_[index]->name,
                                         slots_[index].source));
  }
  slots_[index] = {std::move(array), source};
}

Inputs Assignment::finish() {
  Inputs inputs;
  for (size_t i = 0; i < slots_.size(); ++i) {
    Slot &slot = slots_[i];
    if (!slot.array) {
      throw Failure(kBadInput, fmt::format("no file for input {}: the model has {} inputs: {}", tensors_[i]->name,
                                           slots_.size(), names()));
    }
    if (slot.array->shape.empty() || slot.array->shape[0] == 0) {
      throw Failure(kBadInput, fmt::format("{}: holds no samples: the first dimension counts them", slot.source));
    }
    const auto n_samples = static_cast<uint64_t>(slot.array->shape[0]);
    if (i > 0 && n_samples != inputs.n_samples) {
      throw Failure(kBadInput, fmt::format("{}: {} samples, but {} has {}", slot.source, n_samples, inputs.sources[0],
                                           inputs.n_samples));
    }
    inputs.n_samples = n_samples;
    inputs.arrays.push_back(std::move(*slot.array));
    inputs.sources.push_back(slot.source);
  }
  return inputs;
}

// Says what the library would refuse in words that name file and option.
void check_dtype(const Array &array, const air_tensor_info &tensor, const std::string &source, uint32_t io_mode) {
  if (array.dtype == tensor.dtype) return;
  const bool quantize = (io_mode & AIR_IO_QUANTIZE) != 0;
  if (array.dtype == AIR_DTYPE_FLOAT32 && quantize) return;
  const char *hint = array.dtype == AIR_DTYPE_FLOAT32 ? "add --io quantize to convert it"
                                                      : "convert the file, for example with numpy: array.astype(...)";
  throw Failure(kBadInput, fmt::format("{}: {} values, but input {} of the model is {}: {}", source,
                                       air_dtype_name(array.dtype), tensor.name, air_dtype_name(tensor.dtype), hint));
}

// Keeps the first samples of each array.
void limit(Inputs &inputs, uint64_t n_samples) {
  if (n_samples > inputs.n_samples) {
    throw Failure(kBadInput,
                  fmt::format("--batch {}: {} has {} samples only", n_samples, inputs.sources[0], inputs.n_samples));
  }
  for (Array &array : inputs.arrays) {
    array.data.resize(array.data.size() / inputs.n_samples * n_samples);
    array.shape[0] = static_cast<int64_t>(n_samples);
  }
  inputs.n_samples = n_samples;
}

Inputs random_inputs(const Connection &connection, const Options &options) {
  Inputs inputs;
  inputs.n_samples = options.batch.value_or(kDefaultBatch);
  for (const air_tensor_info *tensor : std::span(connection.info().inputs, connection.info().n_inputs)) {
    uint64_t size = 0;
    if (inputs.n_samples > uint64_t{std::numeric_limits<int64_t>::max()} ||
        __builtin_mul_overflow(inputs.n_samples, tensor->size_bytes, &size)) {
      throw Failure(kBadInput, fmt::format("--batch {}: {} bytes each do not fit the memory", inputs.n_samples,
                                           tensor->size_bytes));
    }
    Array array{tensor->dtype, {tensor->storage_shape, tensor->storage_shape + tensor->rank}, Bytes(size)};
    if (array.shape.empty()) array.shape.push_back(1);
    array.shape[0] = static_cast<int64_t>(inputs.n_samples);
    inputs.arrays.push_back(std::move(array));
    inputs.sources.emplace_back("random");
  }
  air_random_options random = AIR_RANDOM_OPTIONS_INIT;
  random.seed = options.seed;
  if (!options.range.empty()) {
    random.has_range = 1;
    random.low = options.range[0];
    random.high = options.range[1];
  }
  const std::vector<air_buffer> buffers = inputs.buffers();
  check(air_fill_random(connection.session(), inputs.n_samples, buffers.data(), static_cast<uint32_t>(buffers.size()),
                        &random),
        kBadInput);
  return inputs;
}

}  // namespace

std::vector<air_buffer> Inputs::buffers() {
  std::vector<air_buffer> result;
  for (Array &array : arrays) {
    result.push_back({array.data.data(), array.data.size(), array.shape.data(),
                      static_cast<uint32_t>(array.shape.size()), array.dtype});
  }
  return result;
}

Inputs make_inputs(const Connection &connection, const Options &options) {
  if (options.inputs.empty()) return random_inputs(connection, options);
  Assignment assignment(connection.info());
  for (const std::string &argument : options.inputs) assignment.add(argument);
  Inputs inputs = assignment.finish();
  for (size_t i = 0; i < inputs.arrays.size(); ++i) {
    check_dtype(inputs.arrays[i], *connection.info().inputs[i], inputs.sources[i], options.io_mode());
  }
  if (options.batch) limit(inputs, *options.batch);
  return inputs;
}

}  // namespace air::cli
