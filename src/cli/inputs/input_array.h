// SPDX-License-Identifier: BSD-3-Clause
// The array of one input, out of a file of any kind.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "npz/npz.h"
#include "platform/files/file_reader.h"

namespace air::cli {

struct InputArray {
  air_dtype dtype = AIR_DTYPE_NONE;
  std::vector<int64_t> shape;
  std::span<const unsigned char> data;
  std::shared_ptr<const void> memory;  // owns `data`: a block, or a mapped file

  InputArray() = default;
  explicit InputArray(Array array);
};

// Reads what one input of a model gets. All throw Failure or Error; messages name the file.
class InputReading {
 public:
  // `n_first`: how many samples are wanted, nothing for all.
  InputReading(const air_tensor &tensor, uint32_t io_mode, std::optional<uint64_t> n_first);

  void read_npy(const std::string &path);
  void read_member(const NpzReader &archive, const std::string &name);
  void read_text(const std::string &path);
  void read_raw(const std::string &path);

  InputArray array;
  std::string source;
  uint64_t n_samples = 0;          // in the file
  std::vector<std::string> notes;  // what was made of it that may not be what was meant

 private:
  void fit(NpyHeader &header);
  void count(uint64_t n_in_file);
  uint64_t n_wanted() const;

  const air_tensor &tensor_;
  bool quantize_;
  std::optional<uint64_t> n_first_;
};

// Numbers in lines of text, one sample each, as float64: all lines have as many as the first.
struct TextArray {
  Array array;
  std::vector<std::string> notes;
};
TextArray read_text_array(const std::string &path, std::optional<uint64_t> n_first);

// Whether the input takes real values that the library converts.
bool takes_reals(const air_tensor &tensor);

}  // namespace air::cli
