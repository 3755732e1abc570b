// SPDX-License-Identifier: BSD-3-Clause
// The inputs of a run: from files, or random.
#include "cli/inputs/inputs.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstring>
#include <new>
#include <optional>
#include <span>

#include "cli/inputs/input_file.h"
#include "cli/running/failure.h"
#include "cli/running/limit.h"
#include "common/dtype.h"
#include "common/nearest.h"
#include "common/steps.h"
#include "common/utf8.h"
#include "platform/files/file_facts.h"
#include "platform/files/mapped_file.h"
#include "platform/machine/machine.h"
#include "platform/streams/streams.h"
#include "text/descriptions.h"

namespace air::cli {
namespace {

constexpr uint64_t kDefaultBatch = 10;
constexpr std::string_view kRaw = "raw:";

// Puts files to the inputs of a model.
class Assignment {
 public:
  Assignment(const air_model &model, const Options &options)
      : options_(options), tensors_(model.inputs, model.n_inputs), slots_(model.n_inputs) {}

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
    for (const air_tensor *tensor : tensors_) text += (text.empty() ? "" : ", ") + std::string(tensor->name);
    return text;
  }
  void refuse_unknown_name(const std::string &argument) const;
  void add_all(const NpzReader &archive, const std::string &path);
  std::string member_for(size_t index, const NpzReader &archive, const std::string &path) const;
  // Reads the array of an input.
  template <class Read>
  void fill(size_t index, const std::string &source, Read read);

  const Options &options_;
  std::span<const air_tensor *const> tensors_;
  std::vector<std::optional<InputReading>> slots_;
  bool key_used_ = false;
};

size_t Assignment::free_slot(const std::string &path) const {
  const auto found = std::find_if(slots_.begin(), slots_.end(), [](const auto &slot) { return !slot; });
  if (found != slots_.end()) return static_cast<size_t>(found - slots_.begin());
  throw Failure(kBadInput,
                fmt::format("{}: one file too many: the model has {} input(s): {}", path, slots_.size(), names()));
}

// A file may be called so; but where there is none, and one behind the =, that is a name of an input.
void Assignment::refuse_unknown_name(const std::string &argument) const {
  const size_t equals = argument.find('=');
  if (equals == std::string::npos || facts_of(argument)) return;
  std::string path = argument.substr(equals + 1);
  if (path.starts_with(kRaw)) path.erase(0, kRaw.size());
  if (!facts_of(path)) return;
  const std::string name = argument.substr(0, equals);
  std::vector<std::string> known;
  for (const air_tensor *tensor : tensors_) known.emplace_back(tensor->name);
  throw Failure(kBadInput, fmt::format("no input {}{}; there {}: {}", printable(name), did_you_mean(name, known),
                                       known.size() == 1 ? "is" : "are", names()));
}

void Assignment::add(const std::string &argument) {
  size_t index = index_of(argument.substr(0, argument.find('=')));
  const bool named = index < slots_.size() && argument.find('=') != std::string::npos;
  if (!named) refuse_unknown_name(argument);
  std::string path = named ? argument.substr(argument.find('=') + 1) : argument;
  const bool raw = path.starts_with(kRaw);
  if (raw) path.erase(0, kRaw.size());
  if (path.empty()) throw Failure(kUsage, fmt::format("--input {}: expected a file, got an empty name", argument));
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

// What an array of this name is called in an archive: NpzWriter takes out of a name what leads elsewhere.
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

// Piece by piece: a file may be larger than the memory.
NotFinite count_not_finite(std::span<const unsigned char> data, air_dtype dtype, uint32_t size) {
  constexpr size_t kPiece = 16 << 20;
  NotFinite all;
  for (; size > 0 && !data.empty(); data = data.subspan(std::min(kPiece, data.size()))) {
    const std::span<const unsigned char> piece = data.first(std::min(kPiece, data.size()));
    const NotFinite found = air::count_not_finite(dtype, piece.data(), piece.size() / size);
    all.n_nan += found.n_nan;
    all.n_inf += found.n_inf;
    if (data.size() > piece.size()) forget(piece);
  }
  return all;
}

// NaN and infinity come out of few networks as anything that can be used.
void note_not_finite(Inputs &inputs, const air_model &model) {
  for (size_t i = 0; i < inputs.arrays.size(); ++i) {
    const InputArray &array = inputs.arrays[i];
    const uint32_t size = dtype_size(array.dtype);
    const NotFinite found = count_not_finite(array.data, array.dtype, size);
    inputs.not_finite.push_back(found);
    if (!found.any()) continue;
    inputs.notes.push_back(fmt::format("{}: input {} has {} NaN and {} infinite among {} values", inputs.sources[i],
                                       model.inputs[i]->name, found.n_nan, found.n_inf, array.data.size() / size));
  }
}

// Of float32 values, those that are more than half a step beyond the ends.
uint64_t count_clipped(std::span<const unsigned char> data, const Steps &steps) {
  const double low = steps.low - steps.size / 2, high = steps.high + steps.size / 2;
  uint64_t n = 0;
  for (size_t at = 0; at < data.size(); at += sizeof(float)) {
    float value = 0;
    std::memcpy(&value, data.data() + at, sizeof value);
    n += static_cast<double>(value) < low || static_cast<double>(value) > high ? 1 : 0;
  }
  return n;
}

// Real values that quantization makes others of: a few may be meant so.
void note_clipped(Inputs &inputs, const air_model &model) {
  constexpr double most = 0.01;
  for (size_t i = 0; i < inputs.arrays.size(); ++i) {
    const InputArray &array = inputs.arrays[i];
    const std::optional<Steps> steps = steps_of(*model.inputs[i]);
    if (!steps || array.dtype != AIR_DTYPE_FLOAT32 || array.data.empty()) continue;
    const uint64_t n_values = array.data.size() / sizeof(float);
    const double share = static_cast<double>(count_clipped(array.data, *steps)) / static_cast<double>(n_values);
    if (share <= most) continue;
    inputs.notes.push_back(fmt::format("{}: {:.3g} % of the values of input {} are clipped: it holds {:.4g} to {:.4g}",
                                       inputs.sources[i], 100 * share, model.inputs[i]->name, steps->low, steps->high));
  }
}

// Of the inputs and outputs of a sample; those whose size is not known beforehand count nothing.
uint64_t bytes_of_sample(const air_model &model) {
  uint64_t bytes = 0;
  for (const air_tensor *tensor : std::span(model.inputs, model.n_inputs)) bytes += tensor->size_bytes;
  for (const air_tensor *tensor : std::span(model.outputs, model.n_outputs)) bytes += tensor->size_bytes;
  return bytes;
}

// What would not fit is refused before the machine takes ages to find out.
void check_memory(const air_model &model, uint64_t n_samples) {
  const uint64_t bytes = bytes_of_sample(model), memory = machine_memory();
  if (memory == 0 || bytes == 0 || n_samples <= memory / bytes) return;
  const double all = static_cast<double>(n_samples) * static_cast<double>(bytes);
  const std::string wanted = all < 0x1p63 ? size_text(static_cast<uint64_t>(all)) : fmt::format("{:.3g} B", all);
  throw Failure(kFailed,
                fmt::format("--batch {}: inputs and outputs of {} B a sample take {}, and this machine has {}",
                            n_samples, count_text(bytes), wanted, size_text(memory)),
                {memory / 2 < bytes ? "not one sample fits: is the model what it says it is?"
                                    : fmt::format("take at most {} samples at once", count_text(memory / bytes / 2))});
}

Inputs random_inputs(const Connection &connection, const Options &options, Draw draw) {
  if (!options.key.empty()) throw Failure(kUsage, "--key without --input: it chooses an array of an .npz");
  const uint64_t n_samples = options.batch.value_or(kDefaultBatch);
  check_memory(connection.model(), n_samples);
  air_random random{.seed = options.seed.value_or(kSeed)};
  if (draw == Draw::kReal) random.io_mode = AIR_IO_QUANTIZE;
  if (!options.range.empty()) {
    random.has_range = 1;
    random.low = options.range[0];
    random.high = options.range[1];
  }
  air_input_set *set = nullptr;
  const Limit limit("drawing random inputs", options.timeout_ms());
  const air_status status = air_make_random_inputs(connection.session(), n_samples, &random, &set);
  if (status == AIR_ERROR_INVALID_INPUT || status == AIR_ERROR_NO_MEMORY) {
    throw Failure(status == AIR_ERROR_NO_MEMORY ? kFailed : kBadInput,
                  fmt::format("--batch {}: random inputs of {} a sample do not fit the memory", n_samples,
                              size_text(bytes_of_sample(connection.model()))));
  }
  check(status, kBadInput);
  return inputs_of(set, n_samples, "random");
}

}  // namespace

std::vector<air_input> Inputs::air_inputs() const {
  std::vector<air_input> result;
  for (const InputArray &array : arrays) {
    result.push_back({array.data.data(), array.data.size(), array.shape.data(),
                      static_cast<uint32_t>(array.shape.size()), array.dtype});
  }
  return result;
}

Inputs inputs_of(air_input_set *set, uint64_t n_samples, const std::string &source) {
  const std::shared_ptr<air_input_set> owned(set, &air_free_inputs);
  Inputs inputs;
  inputs.n_samples = inputs.n_in_files = n_samples;
  for (const air_input &input : std::span(set->inputs, set->n)) {
    InputArray &array = inputs.arrays.emplace_back();
    array.dtype = input.dtype;
    array.shape.assign(input.shape, input.shape + input.rank);
    array.data = {static_cast<const unsigned char *>(input.data), static_cast<size_t>(input.size_bytes)};
    array.memory = owned;
    inputs.sources.push_back(source);
    inputs.not_finite.emplace_back();
  }
  return inputs;
}

void tell(const std::vector<std::string> &notes) {
  for (const std::string &note : notes) print_note(fmt::format("airunner: warning: {}\n", printable(note)));
}

void tell_if_alike(const Inputs &inputs) {
  if (inputs.n_samples < 2) return;
  const auto alike = [&](const InputArray &array) {
    const size_t size = array.data.size() / inputs.n_samples;
    return std::ranges::equal(array.data.subspan(size), array.data.first(array.data.size() - size));
  };
  if (std::ranges::all_of(inputs.arrays, alike))
    tell({fmt::format("all {} samples are the same: they tell what one tells", inputs.n_samples)});
}

Inputs make_inputs(const Connection &connection, const Options &options, Draw draw) {
  if (options.inputs.empty()) return random_inputs(connection, options, draw);
  Assignment assignment(connection.model(), options);
  for (const std::string &argument : options.inputs) assignment.add(argument);
  Inputs inputs = assignment.finish();
  note_not_finite(inputs, connection.model());
  note_clipped(inputs, connection.model());
  tell(inputs.notes);
  return inputs;
}

}  // namespace air::cli
