// SPDX-License-Identifier: BSD-3-Clause
// The inputs of a run: from files, or random.
#include "inputs.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstdio>
#include <limits>
#include <new>
#include <optional>
#include <span>

#include "common/streams.h"
#include "common/utf8.h"
#include "failure.h"
#include "input_file.h"

namespace air::cli {
namespace {

constexpr uint64_t kDefaultBatch = 10;
constexpr std::string_view kRaw = "raw:";

// Puts files to the inputs of a model.
class Assignment {
 public:
  Assignment(const air_model_info &info, const Options &options)
      : options_(options), tensors_(info.inputs, info.n_inputs), slots_(info.n_inputs) {}

  void add(const std::string &argument);
  Inputs finish();

 private:
  size_t index_of(const std::string &name) const {
    const auto found = std::find_if(tensors_.begin(), tensors_.end(), [&](const auto *t) { return t->name == name; });
    return static_cast<size_t>(found - tensors_.begin());
  }
  size_t free_slot(const std::string &path) const;
  std::string names() const {
    std::string text;
    for (const air_tensor_info *tensor : tensors_) text += (text.empty() ? "" : ", ") + std::string(tensor->name);
    return text;
  }
  void add_all(const NpzReader &archive, const std::string &path);
  std::string member_for(size_t index, const NpzReader &archive, const std::string &path) const;
  // Reads the array of an input.
  template <class Read>
  void fill(size_t index, const std::string &source, Read read);

  const Options &options_;
  std::span<const air_tensor_info *const> tensors_;
  std::vector<std::optional<InputReading>> slots_;
  bool key_used_ = false;
};

size_t Assignment::free_slot(const std::string &path) const {
  const auto found = std::find_if(slots_.begin(), slots_.end(), [](const auto &slot) { return !slot; });
  if (found != slots_.end()) return static_cast<size_t>(found - slots_.begin());
  throw Failure(kBadInput,
                fmt::format("{}: one file too many: the model has {} input(s): {}", path, slots_.size(), names()));
}

void Assignment::add(const std::string &argument) {
  size_t index = index_of(argument.substr(0, argument.find('=')));
  const bool named = index < slots_.size() && argument.find('=') != std::string::npos;
  std::string path = named ? argument.substr(argument.find('=') + 1) : argument;
  const bool raw = path.starts_with(kRaw);
  if (raw) path.erase(0, kRaw.size());
  const FileKind kind = raw ? FileKind::kRaw : kind_of(path);
  if (kind == FileKind::kNpz) {
    const NpzReader archive(path);
    key_used_ = key_used_ || !options_.key.empty();
    if (!named && options_.key.empty()) return add_all(archive, path);
    if (!named) index = free_slot(path);
    const std::string member = member_for(index, archive, path);
    return fill(index, archive.what(member), [&](InputReading &reading) { reading.read_member(archive, member); });
  }
  if (!named) index = free_slot(path);
  fill(index, path, [&](InputReading &reading) {
    if (kind == FileKind::kNpy) reading.read_npy(path);
    if (kind == FileKind::kText) reading.read_text(path);
    if (kind == FileKind::kRaw) reading.read_raw(path);
  });
}

// What an array of this name is called in an archive: write_npz() takes out of a name what leads elsewhere.
std::string member_called(const std::string &name, const NpzReader &archive) {
  return archive.has(name) ? name : npz_name(name);
}

// Arrays are found by the names of the inputs, or, as numpy.savez() names them without keywords, by position. What is the only array can
// only be the only input.
void Assignment::add_all(const NpzReader &archive, const std::string &path) {
  bool found = false;
  for (size_t i = 0; i < slots_.size(); ++i) {
    std::string member = member_called(tensors_[i]->name, archive);
    if (!archive.has(member)) member = fmt::format("arr_{}", i);
    if (!archive.has(member) && slots_.size() == 1 && archive.names().size() == 1) member = archive.names().front();
    if (!archive.has(member)) continue;
    found = true;
    fill(i, archive.what(member), [&](InputReading &reading) { reading.read_member(archive, member); });
  }
  if (found) return;
  throw Failure(
      kBadInput,
      fmt::format("{}: no array is called like an input of the model ({}); the file has: {}. --key NAME chooses one",
                  path, names(),
                  archive.names().empty() ? "no arrays" : fmt::format("{}", fmt::join(archive.names(), ", "))));
}

// The array that --key names, else that of the input's name, else the only one.
std::string Assignment::member_for(size_t index, const NpzReader &archive, const std::string &path) const {
  const std::string wanted = options_.key.empty() ? tensors_[index]->name : options_.key;
  if (std::string member = member_called(wanted, archive); archive.has(member)) return member;
  if (options_.key.empty() && archive.names().size() == 1) return archive.names().front();
  throw Failure(kBadInput,
                fmt::format("{}: has no array {}, but: {}{}", path, wanted,
                            archive.names().empty() ? "no arrays" : fmt::format("{}", fmt::join(archive.names(), ", ")),
                            options_.key.empty() ? ". --key NAME chooses one" : ""));
}

template <class Read>
void Assignment::fill(size_t index, const std::string &source, Read read) {
  if (slots_[index]) {
    throw Failure(kBadInput, fmt::format("{}: input {} is given twice, first by {}", source, tensors_[index]->name,
                                         slots_[index]->source));
  }
  InputReading &reading = slots_[index].emplace(*tensors_[index], options_.io_mode(), options_.batch);
  try {
    read(reading);
  } catch (const std::bad_alloc &) {
    throw Failure(kFailed, fmt::format("{}: out of memory: {} samples of {} bytes", source,
                                       options_.batch.value_or(reading.n_samples), tensors_[index]->size_bytes));
  }
}

Inputs Assignment::finish() {
  if (!options_.key.empty() && !key_used_) {
    throw Failure(kUsage,
                  fmt::format("--key {} without an .npz among the inputs: it chooses one of its arrays", options_.key));
  }
  Inputs inputs;
  for (size_t i = 0; i < slots_.size(); ++i) {
    if (!slots_[i]) {
      throw Failure(kBadInput, fmt::format("no file for input {}: the model has {} inputs: {}", tensors_[i]->name,
                                           slots_.size(), names()));
    }
    InputReading &slot = *slots_[i];
    if (i > 0 && slot.n_samples != inputs.n_in_files) {
      throw Failure(kBadInput, fmt::format("{}: {} samples, but {} has {}", slot.source, slot.n_samples,
                                           inputs.sources[0], inputs.n_in_files));
    }
    inputs.n_in_files = slot.n_samples;
    inputs.arrays.push_back(std::move(slot.array));
    inputs.sources.push_back(slot.source);
    inputs.notes.insert(inputs.notes.end(), slot.notes.begin(), slot.notes.end());
  }
  inputs.n_samples = options_.batch.value_or(inputs.n_in_files);
  return inputs;
}

// NaN and infinity come out of few networks as anything that can be used.
void note_not_finite(Inputs &inputs, const air_model_info &info) {
  for (size_t i = 0; i < inputs.arrays.size(); ++i) {
    const InputArray &array = inputs.arrays[i];
    const uint32_t size = air_dtype_size(array.dtype);
    const NotFinite found = count_not_finite(array.dtype, array.data.data(), size == 0 ? 0 : array.data.size() / size);
    inputs.not_finite.push_back(found);
    if (!found.any()) continue;
    inputs.notes.push_back(fmt::format("{}: input {} has {} NaN and {} infinite among {} values", inputs.sources[i],
                                       info.inputs[i]->name, found.n_nan, found.n_inf, array.data.size() / size));
  }
}

// Zeros of the type that is drawn.
InputArray random_array(const air_tensor_info &tensor, uint64_t n_samples, Draw draw) {
  const bool real = draw == Draw::kReal && takes_reals(tensor);
  const int64_t *shape = real ? tensor.shape : tensor.storage_shape;
  Array array{real ? AIR_DTYPE_FLOAT32 : tensor.dtype, {shape, shape + tensor.rank}, {}};
  uint64_t sample_bytes = tensor.size_bytes;
  if (real) sample_bytes = tensor.n_elements * sizeof(float);
  uint64_t size = 0;
  if (n_samples > uint64_t{std::numeric_limits<int64_t>::max()} ||
      __builtin_mul_overflow(n_samples, sample_bytes, &size)) {
    throw Failure(kBadInput, fmt::format("--batch {}: {} bytes each do not fit the memory", n_samples, sample_bytes));
  }
  try {
    array.data.resize(size);
  } catch (const std::exception &) {
    throw Failure(kFailed, fmt::format("out of memory: {} random samples of input {} need {} bytes", n_samples,
                                       tensor.name, size));
  }
  if (array.shape.empty()) array.shape.push_back(1);
  array.shape[0] = static_cast<int64_t>(n_samples);
  return InputArray(std::move(array));
}

Inputs random_inputs(const Connection &connection, const Options &options, Draw draw) {
  if (!options.key.empty()) throw Failure(kUsage, "--key without --input: it chooses an array of an .npz");
  Inputs inputs;
  inputs.n_samples = inputs.n_in_files = options.batch.value_or(kDefaultBatch);
  for (const air_tensor_info *tensor : std::span(connection.info().inputs, connection.info().n_inputs)) {
    inputs.arrays.push_back(random_array(*tensor, inputs.n_samples, draw));
    inputs.sources.emplace_back("random");
    inputs.not_finite.emplace_back();
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

// The library only reads inputs, although its buffers serve outputs too.
std::vector<air_buffer> Inputs::buffers() const {
  std::vector<air_buffer> result;
  for (const InputArray &array : arrays) {
    result.push_back({const_cast<unsigned char *>(array.data.data()), array.data.size(), array.shape.data(),
                      static_cast<uint32_t>(array.shape.size()), array.dtype});
  }
  return result;
}

void tell(const std::vector<std::string> &notes) {
  for (const std::string &note : notes) print_note(fmt::format("airunner: warning: {}\n", printable(note)));
}

Inputs make_inputs(const Connection &connection, const Options &options, Draw draw) {
  if (options.inputs.empty()) return random_inputs(connection, options, draw);
  Assignment assignment(connection.info(), options);
  for (const std::string &argument : options.inputs) assignment.add(argument);
  Inputs inputs = assignment.finish();
  note_not_finite(inputs, connection.info());
  tell(inputs.notes);
  return inputs;
}

}  // namespace air::cli
