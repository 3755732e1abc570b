// SPDX-License-Identifier: BSD-3-Clause
// Arrays in NumPy's .npy format, versions 1 to 3.
#include "npy.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <cstring>
#include <string_view>

#include "common/error.h"

namespace air {
namespace {

constexpr std::string_view kMagic = "\x93NUMPY";
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
class Header {
 public:
  Header(std::string_view text, const std::string &what) : rest_(text), what_(what) { parse(); }

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

// Splits a file into header and data.
std::pair<std::string_view, std::span<const unsigned char>> split(std::span<const unsigned char> bytes,
                                                                  const std::string &what) {
  const std::string_view text(reinterpret_cast<const char *>(bytes.data()), bytes.size());
  if (!text.starts_with(kMagic))
    throw Error(AIR_ERROR_INVALID_INPUT, what + ": not a .npy file (its first bytes are not \\x93NUMPY)");
  const size_t n_length = bytes.size() > 6 && bytes[6] == 1 ? 2 : 4;
  const size_t begin = kMagic.size() + 2 + n_length;
  if (bytes.size() < begin) throw Error(AIR_ERROR_INVALID_INPUT, what + ": truncated .npy file");
  if (bytes[6] < 1 || bytes[6] > 3) {
    throw Error(AIR_ERROR_INVALID_INPUT,
                fmt::format("{}: .npy format version {} is not known (1 to 3 are)", what, bytes[6]));
  }
  size_t length = 0;
  for (size_t i = n_length; i-- > 0;) length = length << 8 | bytes[kMagic.size() + 2 + i];
  if (length > bytes.size() - begin) throw Error(AIR_ERROR_INVALID_INPUT, what + ": truncated .npy header");
  return {text.substr(begin, length), bytes.subspan(begin + length)};
}

air_dtype dtype_of(const std::string &type, const std::string &what) {
  const std::string_view code = std::string_view(type).substr(type.find_first_of("<>|=") == 0 ? 1 : 0);
  const auto *found =
      std::find_if(kTypeCodes.begin(), kTypeCodes.end(), [&](const TypeCode &t) { return t.code == code; });
  if (found == kTypeCodes.end()) {
    throw Error(AIR_ERROR_INVALID_INPUT,
                fmt::format("{}: arrays of type '{}' are not supported: convert to float32 or to the "
                            "type of the model, array.astype(numpy.float32)",
                            what, type));
  }
  return found->dtype;
}

// Bytes of an array; throws where the product overflows.
size_t size_bytes(const std::vector<int64_t> &shape, size_t item, const std::string &what) {
  size_t size = item;
  for (const int64_t dimension : shape) {
    if (__builtin_mul_overflow(size, static_cast<size_t>(dimension), &size)) {
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

}  // namespace

Array parse_npy(std::span<const unsigned char> bytes, const std::string &what) {
  const auto [text, data] = split(bytes, what);
  const Header header(text, what);
  const air_dtype dtype = dtype_of(header.type, what);
  const size_t item = air_dtype_size(dtype);
  const size_t expected = size_bytes(header.shape, item, what);
  if (data.size() != expected) {
    throw Error(AIR_ERROR_INVALID_INPUT,
                fmt::format("{}: the array needs {} bytes of data, the file has {}", what, expected, data.size()));
  }
  Array array{dtype, header.shape, Bytes(data.begin(), data.end())};
  const char foreign = std::endian::native == std::endian::little ? '>' : '<';
  if (item > 1 && header.type.front() == foreign) swap_bytes(array.data, item);
  if (header.fortran_order && array.shape.size() > 1) array.data = transposed(array.data, array.shape, item);
  return array;
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
                                   air_dtype_size(array.dtype) == 1 ? '|' : native, code->code, shape);
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
