// SPDX-License-Identifier: BSD-3-Clause
// A .tflite file as the runtime gets it.
#pragma once

#include <flatbuffers/flatbuffers.h>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "litert/file.h"

namespace air::litert {

// How the reader sees a tensor.
enum class Reading : uint8_t {
  kInPlace,
  // A copy: memory of tensors that are sized while the graph runs lies at places that an operator of our own is not given.
  kCopied,
  // Its elements in a row with some more behind them, then its shape: an empty tensor is not given either.
  kPadded,
};
struct Read {
  int32_t tensor;
  Reading how;
  bool computed = false;  // of one that is given: what its operator computes all the same
};

// Whether there are operators that pad tensors of this type.
bool can_be_padded(int type) noexcept;

// The file with one operator more, see with_reader().
struct ReadableFile {
  flatbuffers::DetachedBuffer bytes;
  // What the runtime's loader refuses though the rest of the runtime can do it. It is zero in `bytes`, to be restored after loading.
  std::vector<std::pair<uint64_t, uint8_t>> hidden;
};

// The file with an operator called `reader` at the end of its main graph, whose inputs are the tensors. Its one byte of output is the only one
// of the graph: the runtime does not give all tensors out as such. The only signature names the inputs by number, as names in the file may
// be equal or missing. Tensors that are `given` become inputs behind the others, which everything reads that reads them; what their
// operators compute goes to copies of them.
ReadableFile with_reader(const ModelFile &file, const std::string &reader, const std::vector<Read> &tensors,
                         const std::vector<int32_t> &given = {});

}  // namespace air::litert
