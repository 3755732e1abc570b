// SPDX-License-Identifier: BSD-3-Clause
// Arrays in NumPy's .npy format, versions 1 to 3.
#include "npz/npy.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <cstring>
#include <new>
#include <stdexcept>
#include <string_view>

#include "common/dtype.h"
#include "common/error.h"
#include "common/utf8.h"

namespace air {
namespace {

constexpr std::string_view kMagic = "\x93NUMPY";
constexpr const char *kNoMagic = ": not a .npy file (its first bytes are not \\x93NUMPY)";
constexpr size_t kLongestHeader = size_t{1} << 20;
constexpr size_t kMaxRank = 64;
constexpr size_t kAlignment = 64;  // of the data in a file, as numpy writes it

struct TypeCode {
  air_dtype dtype;
  std::string_view code;
};

constexpr std::array<TypeCode, 12> kTypeCodes = {{{AIR_DTYPE_FLOAT32, "f4"},
                                                  {AIR_DTYPE_FLOAT16, "f2"},
                                                  {AIR_DTYPE_FLOAT64, "f8"},
                                                  {AIR_DTYPE_INT8, "i1"},
                                                  {AIR_DTYPE_UINT8, "u1"},
                                                  {AIR_DTYPE_INT16, "i2"},
                                                  {AIR_DTYPE_UINT16, "u2"},
                                                  {AIR_DTYPE_INT32, "i4"},
                                                  {AIR_DTYPE_UINT32, "u4"},
                                                  {AIR_DTYPE_INT64, "i8"},
                                                  {AIR_DTYPE_UINT64, "u8"},
                                                  {AIR_DTYPE_BOOL, "b1"}}};

// Reads the header, a Python dictionary: {'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }
class HeaderText {
 public:
  HeaderText(std::string_view text, const std::string &what) : rest_(text), what_(what) { parse(); }

  std::string type;
  bool fortran_order = false;
  std::vector<int64_t> shape;

 private:
  [[noreturn]] void fail(std::string_view expected) const {
    throw Error(AIR_ERROR_INVALID_INPUT, fmt::format("{}: damaged .npy header: expected {} before \"{}\"", what_,
                                                     expected, rest_.substr(0, 20)));
  }

  void skip_blanks() { rest_.remove_prefix(std::min(rest_.find_first_not_of(" \t\n"), rest_.size())); }

  bool accept(std::string_view token) {
    skip_blanks();
    if (!rest_.starts_with(token)) return false;
    rest_.remove_prefix(token.size());
    return true;
  }

  void expect(std::string_view token) {
    if (!accept(token)) fail(token);
  }

  std::string quoted() {
    skip_blanks();
    const char quote = rest_.empty() ? '\0' : rest_.front();
    if (quote != '\'' && quote != '"') fail("a text (structured types are not supported)");
    rest_.remove_prefix(1);
    const size_t end = rest_.find(quote);
    if (end == std::string_view::npos) fail("the end of a text");
    std::string text(rest_.substr(0, end));
    rest_.remove_prefix(end + 1);
    return text;
  }

  bool boolean() {
    if (accept("True")) return true;
    expect("False");
    return false;
  }

  int64_t dimension() {
    skip_blanks();
    int64_t value = 0;
    const auto [end, error] = std::from_chars(rest_.data(), rest_.data() + rest_.size(), value);
    if (error != std::errc() || value < 0) fail("a dimension");
    rest_.remove_prefix(static_cast<size_t>(end - rest_.data()));
    accept("L");  // written by Python 2
    return value;
  }

  void parse_shape() {
    expect("(");
    while (!accept(")")) {
      if (shape.size() == kMaxRank) fail("at most 64 dimensions");
      shape.push_back(dimension());
      if (!accept(",")) {
        expect(")");
        return;
      }
    }
  }

  void parse() {
    expect("{");
    bool has_order = false;
    bool has_shape = false;
    while (!accept("}")) {
      const std::string key = quoted();
      expect(":");
      if (key == "descr") {
        type = quoted();
      } else if (key == "fortran_order") {
        fortran_order = boolean();
        has_order = true;
      } else if (key == "shape" && !has_shape) {
        parse_shape();
        has_shape = true;
      } else {
        fail("the keys descr, fortran_order and shape once each");
      }
      if (!accept(",")) {
        expect("}");
        break;
      }
    }
    if (type.empty() || !has_order || !has_shape) fail("the keys descr, fortran_order and shape");
  }

  std::string_view rest_;
  const std::string &what_;
};

// The text of the header.
std::string header_text(Reader &reader, const std::string &what) {
  std::array<unsigned char, 8> begin{};
  std::array<unsigned char, 4> length_bytes{};
  const auto need = [&](uint64_t size, const char *part) {
    if (reader.n_left() < size) fail(AIR_ERROR_INVALID_INPUT, "{}: truncated .npy {}", what, part);
  };
  if (reader.n_left() < kMagic.size()) fail(AIR_ERROR_INVALID_INPUT, "{}", what + kNoMagic);
  need(begin.size(), "file");
  reader.read(begin.data(), begin.size());
  if (!std::equal(kMagic.begin(), kMagic.end(), reinterpret_cast<const char *>(begin.data()))) {
    fail(AIR_ERROR_INVALID_INPUT, "{}", what + kNoMagic);
  }
  if (begin[6] < 1 || begin[6] > 3) {
    fail(AIR_ERROR_INVALID_INPUT, "{}: .npy format version {} is not known (1 to 3 are)", what, begin[6]);
  }
  const size_t n_length = begin[6] == 1 ? 2 : 4;
  need(n_length, "file");
  reader.read(length_bytes.data(), n_length);
  size_t length = 0;
  for (size_t i = n_length; i-- > 0;) length = length << 8 | length_bytes[i];
  need(length, "header");
  if (length > kLongestHeader) {
    fail(AIR_ERROR_INVALID_INPUT, "{}: damaged .npy header: {} bytes, expected at most {}", what, length,
         kLongestHeader);
  }
  const Bytes bytes = read_block(reader, length);
  return {bytes.begin(), bytes.end()};
}

// Sets what the type code says.
void set_type(NpyHeader &header) {
  const std::string_view type = header.type;
  const std::string_view code = type.substr(type.find_first_of("<>|=") == 0 ? 1 : 0);
  const auto *found =
      std::find_if(kTypeCodes.begin(), kTypeCodes.end(), [&](const TypeCode &t) { return t.code == code; });
  if (found != kTypeCodes.end()) {
    header.dtype = found->dtype;
    header.item_bytes = dtype_size(found->dtype);
  } else if (header.is_text()) {
    constexpr size_t longest = 1U << 20;
    size_t length = 0;
    const auto [end, error] = std::from_chars(code.data() + 1, code.data() + code.size(), length);
    if (error != std::errc() || end != code.data() + code.size()) return;
    header.item_bytes = std::min(length, longest) * (code.front() == 'U' ? 4 : 1);
  }
  const char foreign = std::endian::native == std::endian::little ? '>' : '<';
  header.foreign = header.item_bytes > 1 && type.front() == foreign;
}

[[noreturn]] void refuse_type(const NpyHeader &header, const std::string &what) {
  if (header.type.find('O') != std::string::npos) {
    fail(AIR_ERROR_INVALID_INPUT,
         "{}: an array of Python objects: only unpickling reads it, which runs code. Save numbers: "
         "array.astype(numpy.float32)",
         what);
  }
  fail(AIR_ERROR_INVALID_INPUT,
       "{}: arrays of type '{}' are not supported: convert to float32 or to the type of the model, "
       "array.astype(numpy.float32)",
       what, header.type);
}

// Bytes of an array; throws where the product overflows.
size_t size_bytes(const std::vector<int64_t> &shape, size_t item, const std::string &what) {
  size_t size = item;
  for (const int64_t dimension : shape) {
    if (__builtin_mul_overflow(size, static_cast<uint64_t>(dimension), &size)) {
      throw Error(AIR_ERROR_INVALID_INPUT, what + ": the shape of the array is absurdly large");
    }
  }
  return size;
}

void swap_bytes(Bytes &data, size_t item) {
  for (size_t i = 0; i + item <= data.size(); i += item) {
    std::reverse(data.begin() + static_cast<std::ptrdiff_t>(i), data.begin() + static_cast<std::ptrdiff_t>(i + item));
  }
}

// A file that is in memory already. No more is read than was asked about with n_left().
class MemoryReader : public Reader {
 public:
  explicit MemoryReader(std::span<const unsigned char> bytes) : rest_(bytes) {}
  uint64_t n_left() const override { return rest_.size(); }
  void read(unsigned char *to, size_t size) override {
    std::copy_n(rest_.begin(), size, to);
    rest_ = rest_.subspan(size);
  }
  void skip(uint64_t size) override { rest_ = rest_.subspan(size); }

 private:
  std::span<const unsigned char> rest_;
};

// From Fortran order to C order.
Bytes transposed(const Bytes &source, const std::vector<int64_t> &shape, size_t item) {
  Bytes result(source.size());
  std::vector<size_t> strides;  // of the source, in bytes
  size_t stride = item;
  for (const int64_t dimension : shape) {
    strides.push_back(stride);
    stride *= static_cast<size_t>(dimension);
  }
  std::vector<int64_t> index(shape.size(), 0);
  size_t from = 0;
  for (size_t to = 0; to < result.size(); to += item) {
    std::memcpy(&result[to], &source[from], item);
    for (size_t axis = shape.size(); axis-- > 0;) {  // counts up, the last axis fastest
      from += strides[axis];
      if (++index[axis] < shape[axis]) break;
      from -= strides[axis] * static_cast<size_t>(index[axis]);
      index[axis] = 0;
    }
  }
  return result;
}

Array read_data(Reader &reader, const NpyHeader &header, size_t size, uint64_t n_first) {
  const size_t item = header.item_bytes;
  Array array{header.dtype, header.shape, {}};
  const auto n_all = header.shape.empty() ? 1 : static_cast<uint64_t>(header.shape[0]);
  const uint64_t n_kept = std::min(n_first, n_all);
  if (n_kept == n_all) {
    array.data = read_block(reader, size);
    reader.expect_intact();
  } else {
    array.shape[0] = static_cast<int64_t>(n_kept);
    array.data.resize(size / n_all * n_kept);
    // In Fortran order the samples are interleaved: the first of all, then those of the next element.
    const uint64_t n_runs = header.fortran_order ? size / n_all / item : 1;
    const uint64_t kept = array.data.size() / std::max<uint64_t>(n_runs, 1);
    for (uint64_t run = 0; run < n_runs; ++run) {
      if (run > 0) reader.skip(size / n_runs - kept);
      reader.read(array.data.data() + run * kept, kept);
    }
  }
  if (header.foreign) swap_bytes(array.data, item);
  if (header.fortran_order) array.data = transposed(array.data, array.shape, item);
  return array;
}

}  // namespace

NpyHeader read_npy_header(Reader &reader, const std::string &what) {
  const std::string text = header_text(reader, what);
  const HeaderText parsed(text, what);
  NpyHeader header;
  header.type = parsed.type;
  header.fortran_order = parsed.fortran_order && parsed.shape.size() > 1;
  header.shape = parsed.shape;
  set_type(header);
  if (header.item_bytes == 0) return header;  // refused when its data are wanted
  const size_t expected = size_bytes(header.shape, header.item_bytes, what);
  if (reader.n_left() != expected) {
    fail(AIR_ERROR_INVALID_INPUT, "{}: the array needs {} bytes of data, the file has {}", what, expected,
         reader.n_left());
  }
  return header;
}

Array read_npy_data(Reader &reader, const NpyHeader &header, const std::string &what, uint64_t n_first) {
  if (header.dtype == AIR_DTYPE_NONE) refuse_type(header, what);
  const size_t size = size_bytes(header.shape, header.item_bytes, what);
  try {
    return read_data(reader, header, size, n_first);
  } catch (const std::bad_alloc &) {
  } catch (const std::length_error &) {
  }
  fail(AIR_ERROR_NO_MEMORY, "{}: out of memory: the array needs {} bytes", what, size);
}

// Characters are UTF-32 ('U') or bytes ('S'), filled up with zeros.
std::vector<std::string> read_npy_texts(Reader &reader, const NpyHeader &header, const std::string &what) {
  if (!header.is_text() || header.item_bytes == 0) refuse_type(header, what);
  const size_t width = header.type.find('U') != std::string::npos ? 4 : 1;
  Bytes data = read_block(reader, reader.n_left());
  if (header.foreign && width == 4) swap_bytes(data, width);
  std::vector<std::string> texts;
  for (size_t at = 0; at < data.size(); at += header.item_bytes) {
    std::string &text = texts.emplace_back();
    for (size_t i = at; i < at + header.item_bytes; i += width) {
      uint32_t code = data[i];
      if (width == 4) std::memcpy(&code, &data[i], width);
      if (code == 0) break;
      append_utf8(text, code);
    }
  }
  return texts;
}

Array parse_npy(std::span<const unsigned char> bytes, const std::string &what) {
  MemoryReader reader(bytes);
  return read_npy_data(reader, read_npy_header(reader, what), what);
}

std::string npy_header(const Array &array) {
  const auto *code =
      std::find_if(kTypeCodes.begin(), kTypeCodes.end(), [&](const TypeCode &t) { return t.dtype == array.dtype; });
  if (code == kTypeCodes.end()) throw Error(AIR_ERROR_IO, "an array without a type cannot be written");
  const char native = std::endian::native == std::endian::little ? '<' : '>';
  std::string shape;
  for (const int64_t dimension : array.shape) shape += fmt::format("{}, ", dimension);
  if (array.shape.size() > 1) shape.resize(shape.size() - 2);  // (3,) but (3, 4)
  std::string header = fmt::format("{{'descr': '{}{}', 'fortran_order': False, 'shape': ({}), }}",
                                   dtype_size(array.dtype) == 1 ? '|' : native, code->code, shape);
  const size_t before = kMagic.size() + 4;
  header.append(kAlignment - 1 - (before + header.size()) % kAlignment, ' ');
  header += '\n';
  std::string bytes(kMagic);
  for (const size_t byte : {size_t{1}, size_t{0}, header.size() & 0xFF, header.size() >> 8}) {
    bytes.push_back(static_cast<char>(byte));
  }
  return bytes + header;
}

}  // namespace air
