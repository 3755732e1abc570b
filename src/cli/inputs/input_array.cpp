// SPDX-License-Identifier: BSD-3-Clause
// The array of one input, out of a file of any kind.
#include "cli/inputs/input_array.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

#include "cli/inputs/number_table.h"
#include "cli/running/failure.h"
#include "common/dtype.h"
#include "common/memory_size.h"
#include "common/shape.h"
#include "common/tensor_facts.h"
#include "platform/files/mapped_file.h"

namespace air::cli {
namespace {

using Shape = std::vector<int64_t>;

// Without dimensions of 1.
Shape essential(std::span<const int64_t> shape) {
  Shape result;
  std::copy_if(shape.begin(), shape.end(), std::back_inserter(result), [](int64_t d) { return d != 1; });
  return result;
}

std::string expected_text(std::span<const int64_t> shape) {
  std::string text = "(n";
  for (const int64_t dimension : shape) text += fmt::format(", {}", dimension);
  return text + ")";
}

size_t n_values(std::span<const int64_t> shape) {
  size_t product = 1;
  for (const int64_t dimension : shape) product *= static_cast<size_t>(dimension);
  return product;
}

// What would make the shape fit, where one of the same elements: other dimensions, or the same in another order.
std::string way_to_fit(std::span<const int64_t> found, std::span<const int64_t> expected) {
  if (found.size() < 2 || n_values(found.subspan(1)) != n_values(expected)) return "";
  Shape ours(found.begin() + 1, found.end()), theirs(expected.begin(), expected.end());
  if (ours.size() == 3 && theirs.size() == 3) {
    if (Shape{ours[2], ours[0], ours[1]} == theirs) return "; array.transpose(0, 3, 1, 2) would fit";
    if (Shape{ours[1], ours[2], ours[0]} == theirs) return "; array.transpose(0, 2, 3, 1) would fit";
  }
  std::ranges::sort(ours);
  std::ranges::sort(theirs);
  return ours == theirs ? "; array.transpose(...) would fit"
                        : fmt::format("; array.reshape(-1, {}) would fit", fmt::join(expected, ", "));
}

// What 8-bit pixels may have to become, which depends on how the network was trained.
std::string pixels_hint(const air_tensor &tensor, bool quantize) {
  const double scale = static_cast<double>(scales_of(tensor)[0]);
  const double low = scale * (-128.0 - zero_points_of(tensor)[0]);
  const double high = scale * (127.0 - zero_points_of(tensor)[0]);
  return fmt::format(
      "the input stands for real values from {:.4g} to {:.4g}: make the pixels such values, for example {} "
      "where it was trained so{}",
      low, high,
      high - low > 100             ? "array.astype(numpy.float32)"
      : low < -0.25 * (high - low) ? "(array / 127.5 - 1).astype(numpy.float32)"
                                   : "(array / 255).astype(numpy.float32)",
      quantize ? "" : ", and add --io quantize");
}

// Says what the library would refuse in words that name file and option.
void check_dtype(air_dtype dtype, const air_tensor &tensor, const std::string &source, bool quantize) {
  if (dtype == tensor.dtype) return;
  if (dtype == AIR_DTYPE_FLOAT32 && quantize) return;
  const bool pixels = dtype == AIR_DTYPE_UINT8 && tensor.dtype == AIR_DTYPE_INT8 && scales_of(tensor).size() == 1;
  const std::string hint = dtype == AIR_DTYPE_FLOAT32 ? "add --io quantize to convert it"
                           : pixels                   ? pixels_hint(tensor, quantize)
                                                      : "convert the file, for example with numpy: array.astype(...)";
  throw Failure(kBadInput, fmt::format("{}: {} values, but input {} of the model is {}: {}", source,
                                       air_dtype_name(dtype), tensor.name, air_dtype_name(tensor.dtype), hint));
}

template <class T>
bool append(Bytes &data, double value) {
  if constexpr (std::is_integral_v<T>) {
    // The largest 64-bit number is no double: the one above it is.
    const bool fits = value >= static_cast<double>(std::numeric_limits<T>::min()) &&
                      value < std::ldexp(1.0, std::numeric_limits<T>::digits);
    if (!fits || value != std::trunc(value)) return false;
  }
  const T stored = static_cast<T>(value);
  const auto *bytes = reinterpret_cast<const unsigned char *>(&stored);
  data.insert(data.end(), bytes, bytes + sizeof(T));
  return true;
}

// False for a value that is none of the type.
bool append(Bytes &data, air_dtype dtype, double value) {
  if (dtype == AIR_DTYPE_BOOL) return (value == 0 || value == 1) && append<uint8_t>(data, value);
  bool fits = false;
  with_number_type(dtype, [&]<class T>(std::type_identity<T>) { fits = append<T>(data, value); });
  return fits;
}

// Those that append() makes no elements of.
bool needs_conversion(air_dtype dtype) {
  const bool is_number = with_number_type(dtype, [](auto) {});
  return air_dtype_bits(dtype) > 0 && dtype != AIR_DTYPE_BOOL && !is_number;
}

// "0,1,2,...": the names that pandas gives to columns.
bool counts_columns(const TextTable &table) {
  for (size_t i = 0; i < table.cells().size(); ++i) {
    if (table.cells()[i] != fmt::format("{}", i)) return false;
  }
  return table.cells().size() > 1;
}

// Lines of a table as samples of one type.
class TextSamples {
 public:
  // `hint`: what to do about real values where others are expected. `n_cells`: 0 for as many as the first line has.
  TextSamples(const std::string &path, air_dtype dtype, const char *hint, size_t n_cells, uint64_t n_wanted)
      : path_(path), table_(path), dtype_(dtype), hint_(hint), n_cells_(n_cells), n_wanted_(n_wanted) {}

  void read() {
    bool counting = false;
    for (bool first = true; table_.next(); first = false) {
      if (first && !table_.has_numbers() && !table_.cells().front().empty()) continue;  // names of the columns
      if (n_rows == 1 && counting && table_.text().find('.') != std::string::npos) {
        note = path_ + ": line 1 counts the columns: taken as their names";
        data.clear();
        n_rows = 0;
        counting = false;
      }
      if (first) counting = counts_columns(table_);
      if (n_rows++ < n_wanted_) add_row();
    }
  }

  size_t n_cells() const { return n_cells_; }

  Bytes data;
  uint64_t n_rows = 0;
  std::string note;

 private:
  void add_row() {
    const size_t n_found = table_.cells().size();
    if (n_cells_ == 0) n_cells_ = n_found;
    if (n_found != n_cells_) {
      const char *hint = n_found == n_cells_ + 1 ? " (is one a label or an index?)" : "";
      throw Failure(kBadInput, fmt::format("{}: line {}: {} values{}, expected {}: one sample a line", path_,
                                           table_.line(), n_found, hint, n_cells_));
    }
    for (size_t i = 0; i < n_cells_; ++i) {
      const std::optional<double> value = table_.number(i);
      if (!value) table_.refuse(i, "a number");
      if (append(data, dtype_, *value)) continue;
      table_.refuse(i, fmt::format("a value of {}{}", air_dtype_name(dtype_), hint_));
    }
  }

  std::string path_;
  TextTable table_;
  air_dtype dtype_;
  const char *hint_;
  size_t n_cells_;
  uint64_t n_wanted_;
};

}  // namespace

bool takes_reals(const air_tensor &tensor) {
  return !scales_of(tensor).empty();
}

InputArray::InputArray(Array array) : dtype(array.dtype), shape(std::move(array.shape)) {
  const auto block = std::make_shared<const Bytes>(std::move(array.data));
  data = *block;
  memory = block;
}

InputReading::InputReading(const air_tensor &tensor, uint32_t io_mode, std::optional<uint64_t> n_first)
    : tensor_(tensor), quantize_((io_mode & AIR_IO_QUANTIZE) != 0), n_first_(n_first) {}

// How many samples the file has, if it has as many as are wanted.
void InputReading::count(uint64_t n_in_file) {
  n_samples = n_in_file;
  if (n_samples == 0) throw Failure(kBadInput, source + ": holds no samples: the first dimension counts them");
  if (n_first_ && *n_first_ > n_samples) {
    throw Failure(kBadInput, fmt::format("--batch {}: {} has {} samples only", *n_first_, source, n_samples));
  }
}

uint64_t InputReading::n_wanted() const {
  return n_first_.value_or(std::numeric_limits<uint64_t>::max());
}

// Checks all that the header tells before anything is read.
void InputReading::fit(NpyHeader &header) {
  if (header.dtype == AIR_DTYPE_NONE) return;  // refused by the reader, with its reasons
  check_dtype(header.dtype, tensor_, source, quantize_);
  const bool real = header.dtype != tensor_.dtype;
  const std::span<const int64_t> shape = real ? shape_of(tensor_) : storage_shape_of(tensor_);
  const Shape expected = essential(shape);
  const bool batched = !header.shape.empty() && essential(std::span(header.shape).subspan(1)) == expected;
  if (!batched && essential(header.shape) == expected) {
    notes.push_back(fmt::format("{}: shape {} is taken as one sample of input {}, {}", source, shape_text(header.shape),
                                tensor_.name, expected_text(shape)));
    header.shape.insert(header.shape.begin(), 1);
  } else if (!batched) {
    throw Failure(
        kBadInput,
        fmt::format("{}: shape {}, but input {} of the model takes {}: the first dimension counts the samples{}",
                    source, shape_text(header.shape), tensor_.name, expected_text(shape),
                    way_to_fit(header.shape, shape)));
  }
  count(static_cast<uint64_t>(header.shape[0]));
}

void InputReading::read_npy(const std::string &path) {
  source = path;
  FileReader file(path);
  NpyHeader header = read_npy_header(file, source);
  fit(header);
  const uint64_t size = file.n_left() / std::max<uint64_t>(n_samples, 1) * std::min(n_wanted(), n_samples);
  const bool as_in_memory = header.dtype != AIR_DTYPE_NONE && !header.foreign && !header.fortran_order &&
                            file.position() % header.item_bytes == 0;
  if (as_in_memory) array.memory = map_rest(file, memory_size(size), kBadInput);
  if (array.memory == nullptr) {
    array = InputArray(read_npy_data(file, header, source, n_wanted()));
    return;
  }
  array.dtype = header.dtype;
  array.shape = header.shape;
  array.shape[0] = static_cast<int64_t>(std::min(n_wanted(), n_samples));
  array.data = {static_cast<const unsigned char *>(array.memory.get()), static_cast<size_t>(size)};
}

void InputReading::read_member(const NpzReader &archive, const std::string &name) {
  source = archive.what(name);
  const std::unique_ptr<Reader> member = archive.open(name);
  NpyHeader header = read_npy_header(*member, source);
  fit(header);
  array = InputArray(read_npy_data(*member, header, source, n_wanted()));
}

// Numbers have no type of their own: they get that of the input, or are real where it is quantized.
void InputReading::read_text(const std::string &path) {
  source = path;
  const bool real = quantize_ && (takes_reals(tensor_) || needs_conversion(tensor_.dtype));
  const air_dtype dtype = real ? AIR_DTYPE_FLOAT32 : tensor_.dtype;
  const std::span<const int64_t> shape = real ? shape_of(tensor_) : storage_shape_of(tensor_);
  if (needs_conversion(dtype)) {
    throw Failure(kBadInput, fmt::format("{}: text, but input {} of the model is {}: add --io quantize to convert it",
                                         path, tensor_.name, air_dtype_name(dtype)));
  }
  const char *hint = !real && takes_reals(tensor_) ? " (add --io quantize to convert real values)" : "";
  TextSamples samples(path, dtype, hint, n_values(shape), n_wanted());
  samples.read();
  if (!samples.note.empty()) notes.push_back(samples.note);
  if (samples.n_rows == 0) throw Failure(kBadInput, path + ": holds no numbers, expected those of one sample a line");
  count(samples.n_rows);
  array = InputArray(Array{dtype, with_samples(shape, std::min(n_wanted(), n_samples)), std::move(samples.data)});
}

TextArray read_text_array(const std::string &path, std::optional<uint64_t> n_first) {
  const uint64_t n_wanted = n_first.value_or(std::numeric_limits<uint64_t>::max());
  TextSamples samples(path, AIR_DTYPE_FLOAT64, "", 0, n_wanted);
  samples.read();
  TextArray text;
  const auto n_samples = static_cast<int64_t>(std::min(n_wanted, samples.n_rows));
  text.array = {AIR_DTYPE_FLOAT64, {n_samples, static_cast<int64_t>(samples.n_cells())}, std::move(samples.data)};
  if (!samples.note.empty()) text.notes.push_back(samples.note);
  return text;
}

// Bytes as the network stores them, without a header.
void InputReading::read_raw(const std::string &path) {
  source = path;
  FileReader file(path);
  const uint64_t size = file.n_left();
  if (tensor_.size_bytes == 0 || size == 0 || size % tensor_.size_bytes != 0) {
    throw Failure(kBadInput, fmt::format("{}: {} raw bytes, expected a multiple of the {} bytes of one sample of {}",
                                         path, size, tensor_.size_bytes, tensor_.name));
  }
  count(size / tensor_.size_bytes);
  const uint64_t n_read = std::min(n_wanted(), n_samples);
  const size_t size_read = memory_size(n_read * tensor_.size_bytes);
  array.memory = map_rest(file, size_read, kBadInput);
  if (array.memory == nullptr) {
    array = InputArray(Array{tensor_.dtype, {}, read_block(file, size_read)});
  } else {
    array.data = {static_cast<const unsigned char *>(array.memory.get()), size_read};
  }
  array.dtype = tensor_.dtype;
  array.shape = with_samples(storage_shape_of(tensor_), n_read);
}

}  // namespace air::cli
