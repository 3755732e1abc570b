// SPDX-License-Identifier: BSD-3-Clause
// What a .tflite file says of its main graph.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "runtime/tensor.h"

namespace air::tflite_file {

namespace schema {
struct SubGraph;
}

using Bytes = std::span<const std::byte>;

struct FileTensor {
  std::string name;
  int type = 0;  // number of the schema
  runtime::Shape shape;
  std::vector<bool> dynamic;  // dimensions that may be resized
  std::optional<runtime::Quantization> quantization;
  bool is_constant = false;
  Bytes constant;  // its values
  bool is_variable = false;
  uint64_t size_bytes = 0;  // 0 for types without a fixed size
};

struct FileOperator {
  int code = 0;                 // number of the schema
  std::string name;             // of a custom operator
  std::vector<int32_t> inputs;  // -1: left out
  std::vector<int32_t> outputs;
  bool transposes_right = false;  // of BATCH_MATMUL
  bool has_outside_options = false;
};

struct ModelFile {
  // Throws INVALID_MODEL; `name` is for the message. Takes memory of at most a few times the size of the file.
  ModelFile(Bytes bytes, const std::string &name);

  bool is_tensor(int32_t index) const noexcept { return index >= 0 && static_cast<size_t>(index) < tensors.size(); }
  const FileTensor &tensor(int32_t index) const { return tensors.at(static_cast<size_t>(index)); }

  Bytes bytes;
  std::string description;
  std::string made_by;  // minimum runtime version that the converter wrote, or ""
  std::vector<FileTensor> tensors;
  std::vector<int32_t> inputs;
  std::vector<int32_t> outputs;
  std::vector<FileOperator> operators;
  std::vector<Bytes> inner_constants;  // of the other graphs: they may be those of the main one, too
  uint32_t version = 0;                // of the schema
  uint32_t n_graphs = 0;
  uint64_t weights_bytes = 0;
  uint64_t states_bytes = 0;  // of variable tensors and resource variables
  bool has_states() const noexcept { return states_bytes > 0; }

  using Handles = std::map<int32_t, std::string>;  // which resource variable a tensor of one graph stands for

 private:
  struct Budget;

  void read_model();
  void read_graph(const schema::SubGraph &graph, const std::vector<Bytes> &buffers, Budget &budget,
                  const std::vector<FileOperator> &codes, bool is_main);
  void note_resource(const Handles &handles, const FileOperator &op, const std::vector<FileTensor> &found);
  void check(const std::string &name) const;

  std::map<std::string, uint64_t> resources_;  // sizes of resource variables
};

// The air_dtype of a tensor type of the schema, or NONE; and its number in LiteRT's C API.
air_dtype dtype_of_type(int type) noexcept;
int element_type_of(air_dtype dtype) noexcept;
std::string type_name(int type);

}  // namespace air::tflite_file
