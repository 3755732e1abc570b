// SPDX-License-Identifier: BSD-3-Clause
// What a .tflite file says of its main graph, and how to make more of its tensors outputs.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "flatbuffer.h"
#include "runtime/tensor.h"

namespace air::litert {

struct FileTensor {
  std::string name;
  int type = 0;  // number of the schema
  runtime::Shape shape;
  std::vector<bool> dynamic;  // dimensions that may be resized
  runtime::Quantization quantization;
  bool is_constant = false;
  bool is_variable = false;
  uint64_t size_bytes = 0;  // 0 for types without a fixed size
};

struct FileOperator {
  uint32_t code = 0;
  std::string name;             // of a custom operator
  std::vector<int32_t> inputs;  // -1: left out
  std::vector<int32_t> outputs;
};

struct ModelFile {
  // Throws INVALID_MODEL; `name` is for the message.
  ModelFile(flatbuffer::Bytes bytes, const std::string &name);

  bool is_tensor(int32_t index) const noexcept { return index >= 0 && static_cast<size_t>(index) < tensors.size(); }
  const FileTensor &tensor(int32_t index) const { return tensors.at(static_cast<size_t>(index)); }

  // The file with `outputs` as outputs of its main graph, and without signatures, which name other ones.
  std::vector<std::byte> with_outputs(const std::vector<int32_t> &outputs) const;

  flatbuffer::Bytes bytes;
  std::string description;
  std::string made_by;  // minimum runtime version that the converter wrote, or ""
  std::vector<FileTensor> tensors;
  std::vector<int32_t> inputs;
  std::vector<int32_t> outputs;
  std::vector<FileOperator> operators;
  uint32_t version = 0;  // of the schema
  uint32_t n_graphs = 0;
  uint64_t weights_bytes = 0;
  uint64_t states_bytes = 0;

 private:
  void read_model(flatbuffer::Bytes file);
  void read_tensors(const flatbuffer::Table &graph, const std::vector<uint64_t> &buffer_sizes);
  void read_operators(const flatbuffer::Table &graph, const std::vector<FileOperator> &codes);
  void check(const std::string &name) const;

  uint64_t outputs_field_ = 0;     // places of references in the file
  uint64_t signatures_field_ = 0;  // 0: there are none
};

// The air_dtype of a tensor type of the schema, or NONE; and its number in LiteRT's C API.
air_dtype dtype_of_type(int type) noexcept;
int element_type_of(air_dtype dtype) noexcept;
std::string type_name(int type);

}  // namespace air::litert
