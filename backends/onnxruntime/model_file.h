// SPDX-License-Identifier: BSD-3-Clause
// What an ONNX file says of its graph. Names and weights stay in the file's bytes, which must outlive this.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "airunner.h"
#include "onnxruntime/protobuf.h"
#include "runtime/shapes.h"

namespace air::ort {

// The air_dtype of an element type of ONNX, or NONE.
air_dtype dtype_of_element(int64_t element_type) noexcept;
// "string", "bfloat16", or "type 99".
std::string element_type_name(int64_t element_type);

// An input or output of the graph.
struct ValueInfo {
  std::string_view name;
  int64_t element_type = 0;  // 0: not a tensor, or not told
  bool has_shape = false;
  runtime::Shape shape;                   // -1: dynamic
  std::vector<std::string_view> symbols;  // name of each dynamic dimension, or ""
};

// A constant: an initializer, or the value of a Constant node.
struct Constant {
  int64_t element_type = 0;
  runtime::Shape shape;
  protobuf::Bytes raw;            // values as in memory, when they are stored that way
  protobuf::Bytes packed;         // or integers as varints
  std::vector<int64_t> integers;  // or with a key each
  std::vector<float> floats;
  bool is_outside = false;  // in a file beside the model

  uint64_t size_bytes() const noexcept;
  std::vector<float> as_floats() const;          // of float32, else empty
  std::vector<int32_t> as_integers() const;      // of integers up to 32 bits, else empty
  std::optional<int64_t> as_integer() const;     // of one integer of 32 or 64 bits
  std::vector<int64_t> stored_integers() const;  // those that are not raw
};

// Calls `read`; what is Malformed becomes INVALID_MODEL with the name of the file and the place in it.
void read_or_refuse(protobuf::Bytes file, const std::string &name, const std::function<void()> &read);

// The value of a Constant node, which is no node here; nothing for others. Throws protobuf::Malformed.
std::optional<std::string_view> constant_of(protobuf::Bytes node);

// A TensorProto and its name. Throws protobuf::Malformed.
std::pair<std::string_view, Constant> read_tensor(protobuf::Bytes bytes);

struct GraphNode {
  std::string_view name;
  std::string_view type;
  std::string_view domain;
  std::vector<std::string_view> inputs;  // "": left out
  std::vector<std::string_view> outputs;
  std::optional<int64_t> axis;  // attributes
  int64_t block_size = 0;
  bool transposes_right = false;  // of Gemm

  // "" for one that is left out.
  std::string_view input(size_t place) const { return place < inputs.size() ? inputs[place] : std::string_view(); }
  std::string_view output(size_t place) const { return place < outputs.size() ? outputs[place] : std::string_view(); }
};

// Its own name, or one made of its type and place, as the runtime makes it.
std::string name_of_node(const GraphNode &node, size_t index);

struct ModelFile {
  // Throws INVALID_MODEL, also when it takes much more memory than the file has bytes; `name` is for the message.
  ModelFile(protobuf::Bytes bytes, const std::string &name);

  bool is_constant(std::string_view value) const { return constants.contains(value); }

  protobuf::Bytes bytes;
  int64_t ir_version = 0;
  std::string_view producer;
  std::string_view producer_version;
  std::vector<std::pair<std::string_view, int64_t>> opsets;  // domain, version
  std::vector<ValueInfo> inputs;                             // without those that are initializers
  std::vector<ValueInfo> outputs;
  std::deque<GraphNode> nodes;  // without Constant nodes, which are constants
  std::map<std::string_view, Constant> constants;
  uint64_t weights_bytes = 0;

 private:
  void read_model(protobuf::Bytes model);
  void read_graph(protobuf::Bytes graph);
  void read_node(protobuf::Bytes bytes);
  void add_constant(const std::pair<std::string_view, Constant> &named);
  void add_value(std::vector<ValueInfo> &values, ValueInfo value);
  void add_name(std::vector<std::string_view> &names, std::string_view name);
  // Counts what is kept of the file.
  void spend(uint64_t n_bytes);

  uint64_t spent_ = 0;
};

// Numbers of fields, needed to write a model again.
namespace onnx_field {
inline constexpr uint32_t kModelGraph = 7;
inline constexpr uint32_t kGraphNode = 1, kGraphInitializer = 5, kGraphInput = 11, kGraphOutput = 12, kGraphValue = 13,
                          kGraphAnnotation = 14;
inline constexpr uint32_t kNodeInput = 1, kNodeOutput = 2, kNodeType = 4, kNodeAttribute = 5, kNodeDomain = 7;
inline constexpr uint32_t kAttributeGraph = 6, kAttributeGraphs = 11;
inline constexpr uint32_t kValueName = 1, kValueType = 2;
inline constexpr uint32_t kTypeTensor = 1, kTensorElement = 1, kTensorShape = 2;
inline constexpr uint32_t kShapeDimension = 1, kDimensionValue = 1, kDimensionSymbol = 2;
}  // namespace onnx_field

}  // namespace air::ort
