// SPDX-License-Identifier: BSD-3-Clause
// Arrays in NumPy's .npy format, versions 1 to 3.
#pragma once

#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <vector>

#include "airunner.h"
#include "common/reader.h"

namespace air {

struct Array {
  air_dtype dtype = AIR_DTYPE_NONE;
  std::vector<int64_t> shape;
  Bytes data;  // C order, byte order of the machine
};

// What a file says of its array; the data come next.
struct NpyHeader {
  std::string type;                  // "<f4"
  air_dtype dtype = AIR_DTYPE_NONE;  // none: texts, or what is not read at all
  size_t item_bytes = 0;
  bool fortran_order = false;
  bool foreign = false;  // the other byte order than this machine's
  std::vector<int64_t> shape;

  bool is_text() const { return type.find_first_of("US") == (type.find_first_of("<>|=") == 0 ? 1U : 0U); }
};

// They trust nothing that is read. Throw Error, AIR_ERROR_INVALID_INPUT; `what` names the file.
NpyHeader read_npy_header(Reader &reader, const std::string &what);
// All samples, or the first n: the first dimension counts them.
Array read_npy_data(Reader &reader, const NpyHeader &header, const std::string &what,
                    uint64_t n_first = std::numeric_limits<uint64_t>::max());
std::vector<std::string> read_npy_texts(Reader &reader, const NpyHeader &header, const std::string &what);
Array parse_npy(std::span<const unsigned char> bytes, const std::string &what);

// What stands before the data in a file.
std::string npy_header(const Array &array);

}  // namespace air
