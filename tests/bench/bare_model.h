// SPDX-License-Identifier: BSD-3-Clause
// The measure of the benchmarks: a host library with one input and one output, called directly through ST's ABI.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace bench {

class BareModel {
 public:
  // Loads the library and sets the model up, whichever of the two flavours it is. Throws std::runtime_error.
  static std::unique_ptr<BareModel> open(const std::string &path);
  virtual ~BareModel() = default;
  BareModel(const BareModel &) = delete;
  BareModel &operator=(const BareModel &) = delete;

  // Runs n_samples samples that lie one after the other.
  virtual void run(uint64_t n_samples, std::byte *input, std::byte *output) = 0;

  // While on, each run also copies the outputs of every node, into one block per node that holds all samples.
  virtual void observe(bool on) = 0;

  size_t input_bytes() const { return input_bytes_; }
  size_t output_bytes() const { return output_bytes_; }
  size_t n_nodes() const { return n_nodes_; }

 protected:
  BareModel() = default;

  // Takes the data of one node of the current sample. Blocks are made at the first run of a size.
  void keep(size_t node, const void *data, size_t size_bytes);
  void begin_sample(uint64_t sample, uint64_t n_samples);

  size_t input_bytes_ = 0;
  size_t output_bytes_ = 0;
  size_t n_nodes_ = 0;

 private:
  std::vector<std::vector<std::byte>> blocks_;
  uint64_t sample_ = 0;
  uint64_t n_samples_ = 0;
};

}  // namespace bench
