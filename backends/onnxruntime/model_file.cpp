// SPDX-License-Identifier: BSD-3-Clause
// What an ONNX file says of its graph.
#include "onnxruntime/model_file.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "common/error.h"
#include "common/shape.h"

namespace air::ort {

using protobuf::Bytes;
using protobuf::Field;
using protobuf::Reader;

namespace {

struct ElementFact {
  const char *name;
  air_dtype dtype;
  uint32_t bits;
};

// By number of ONNX's TensorProto.DataType.
constexpr std::array<ElementFact, 24> kElements = {{
    {"undefined", AIR_DTYPE_NONE, 0},      {"float32", AIR_DTYPE_FLOAT32, 32},
    {"uint8", AIR_DTYPE_UINT8, 8},         {"int8", AIR_DTYPE_INT8, 8},
    {"uint16", AIR_DTYPE_UINT16, 16},      {"int16", AIR_DTYPE_INT16, 16},
    {"int32", AIR_DTYPE_INT32, 32},        {"int64", AIR_DTYPE_INT64, 64},
    {"string", AIR_DTYPE_NONE, 0},         {"bool", AIR_DTYPE_BOOL, 8},
    {"float16", AIR_DTYPE_FLOAT16, 16},    {"float64", AIR_DTYPE_FLOAT64, 64},
    {"uint32", AIR_DTYPE_UINT32, 32},      {"uint64", AIR_DTYPE_UINT64, 64},
    {"complex64", AIR_DTYPE_NONE, 64},     {"complex128", AIR_DTYPE_NONE, 128},
    {"bfloat16", AIR_DTYPE_BFLOAT16, 16},  {"float8e4m3fn", AIR_DTYPE_FLOAT8_E4M3, 8},
    {"float8e4m3fnuz", AIR_DTYPE_NONE, 8}, {"float8e5m2", AIR_DTYPE_FLOAT8_E5M2, 8},
    {"float8e5m2fnuz", AIR_DTYPE_NONE, 8}, {"uint4", AIR_DTYPE_UINT4, 4},
    {"int4", AIR_DTYPE_INT4, 4},           {"float4e2m1", AIR_DTYPE_NONE, 4},
}};

constexpr int64_t kElementInt32 = 6, kElementInt64 = 7;
constexpr size_t kLongestVarint = 10;

const ElementFact *element_fact(int64_t type) noexcept {
  return type >= 0 && type < static_cast<int64_t>(kElements.size()) ? &kElements[static_cast<size_t>(type)] : nullptr;
}

// More than any kernel has; a file can name millions.
constexpr size_t kMostDimensions = 255;

void check_rank(const runtime::Shape &shape) {
  if (shape.size() > kMostDimensions) throw protobuf::Malformed("a tensor has too many dimensions");
}

// TensorShapeProto.
void read_shape(Bytes bytes, ValueInfo &value) {
  value.has_shape = true;
  Reader shape(bytes);
  for (Field field; shape.next(field);) {
    if (field.number != onnx_field::kShapeDimension) continue;
    int64_t dimension = -1;
    std::string_view symbol;
    Reader reader(field.bytes);
    for (Field part; reader.next(part);) {
      if (part.number == onnx_field::kDimensionValue && part.bytes.data() == nullptr) dimension = part.integer();
      if (part.number == onnx_field::kDimensionSymbol) symbol = part.text();
    }
    value.shape.push_back(dimension < 0 ? -1 : dimension);
    value.symbols.push_back(symbol);
    check_rank(value.shape);
  }
}

ValueInfo read_value(Bytes bytes) {
  ValueInfo value;
  Reader reader(bytes);
  for (Field field; reader.next(field);) {
    if (field.number == onnx_field::kValueName) value.name = field.text();
    if (field.number != onnx_field::kValueType) continue;
    Reader type(field.bytes);
    for (Field kind; type.next(kind);) {
      if (kind.number != onnx_field::kTypeTensor) continue;
      Reader tensor(kind.bytes);
      for (Field part; tensor.next(part);) {
        if (part.number == onnx_field::kTensorElement) value.element_type = part.integer();
        if (part.number == onnx_field::kTensorShape) read_shape(part.bytes, value);
      }
    }
  }
  return value;
}

template <class Element>
std::vector<int32_t> elements_of(Bytes raw) {
  std::vector<int32_t> values(raw.size() / sizeof(Element));
  for (size_t i = 0; i < values.size(); ++i) {
    Element element;
    std::memcpy(&element, raw.data() + i * sizeof(Element), sizeof(Element));
    values[i] = int32_t{element};
  }
  return values;
}

// Two integers a byte, the first in the low half.
std::vector<int32_t> halves_of(const std::vector<int32_t> &bytes, bool is_signed, const runtime::Shape &shape) {
  std::vector<int32_t> values;
  for (const int32_t byte : bytes) {
    for (const int32_t half : {byte & 0xF, byte >> 4 & 0xF}) values.push_back(is_signed && half > 7 ? half - 16 : half);
  }
  values.resize(std::min<uint64_t>(values.size(), element_count(shape).value_or(0)));
  return values;
}

bool is_constant_node(const GraphNode &node) {
  return node.type == "Constant" && node.domain.empty() && node.outputs.size() == 1;
}

// The mark that .tflite files have behind their first reference.
bool is_litert_model(Bytes file) noexcept {
  constexpr std::string_view kMark = "TFL3";
  constexpr size_t kMarkAt = 4;
  return file.size() >= kMarkAt + kMark.size() && std::memcmp(file.data() + kMarkAt, kMark.data(), kMark.size()) == 0;
}

}  // namespace

std::optional<std::string_view> constant_of(Bytes node_bytes) {
  GraphNode node;
  Reader reader(node_bytes);
  for (Field field; reader.next(field);) {
    if (field.number == onnx_field::kNodeOutput) node.outputs.push_back(field.text());
    if (field.number == onnx_field::kNodeType) node.type = field.text();
    if (field.number == onnx_field::kNodeDomain) node.domain = field.text();
  }
  return is_constant_node(node) ? std::optional(node.outputs[0]) : std::nullopt;
}

// Values stay in the file, except those that have a key each.
std::pair<std::string_view, Constant> read_tensor(Bytes bytes) {
  enum : uint32_t { kDims = 1, kType = 2, kFloats = 4, kInt32s = 5, kInt64s = 7, kName = 8, kRaw = 9, kLocation = 14 };
  Constant constant;
  std::string_view name;
  Reader reader(bytes);
  for (Field field; reader.next(field);) {
    switch (field.number) {
      case kDims:
        protobuf::each_integer(field, [&](int64_t value) {
          constant.shape.push_back(value);
          check_rank(constant.shape);
        });
        break;
      case kType:
        constant.element_type = field.integer();
        break;
      case kFloats:
        if (field.bytes.data() != nullptr) {
          constant.raw = field.bytes;  // packed floats lie as in memory
        } else {
          float value = 0;
          std::memcpy(&value, &field.value, sizeof(value));
          constant.floats.push_back(value);
        }
        break;
      case kInt32s:
      case kInt64s:
        if (field.bytes.data() != nullptr) {
          constant.packed = field.bytes;
          protobuf::each_packed(field.bytes, [](int64_t) {});  // they all end
        } else {
          constant.integers.push_back(field.integer());
        }
        break;
      case kName:
        name = field.text();
        break;
      case kRaw:
        constant.raw = field.bytes;
        break;
      case kLocation:
        constant.is_outside = field.integer() == 1;
        break;
      default:
        break;
    }
  }
  return {name, constant};
}

air_dtype dtype_of_element(int64_t element_type) noexcept {
  const ElementFact *fact = element_fact(element_type);
  return fact == nullptr ? AIR_DTYPE_NONE : fact->dtype;
}

std::string element_type_name(int64_t element_type) {
  const ElementFact *fact = element_fact(element_type);
  return fact == nullptr ? fmt::format("type {}", element_type) : fact->name;
}

std::string name_of_node(const GraphNode &node, size_t index) {
  return node.name.empty() ? fmt::format("{}_{}", node.type, index) : std::string(node.name);
}

uint64_t Constant::size_bytes() const noexcept {
  const ElementFact *fact = element_fact(element_type);
  uint64_t bits = 0;
  const std::optional<uint64_t> n = element_count(shape);
  if (fact == nullptr || !n || __builtin_mul_overflow(*n, uint64_t{fact->bits}, &bits)) return 0;
  return (bits + 7) / 8;
}

std::vector<float> Constant::as_floats() const {
  if (dtype_of_element(element_type) != AIR_DTYPE_FLOAT32) return {};
  if (raw.empty()) return floats;
  std::vector<float> values(raw.size() / sizeof(float));
  std::memcpy(values.data(), raw.data(), values.size() * sizeof(float));
  return values;
}

std::vector<int32_t> Constant::as_integers() const {
  const air_dtype dtype = dtype_of_element(element_type);
  if (raw.empty()) {
    const std::vector<int64_t> stored = stored_integers();
    const std::vector<int32_t> values(stored.begin(), stored.end());
    const bool halves = dtype == AIR_DTYPE_INT4 || dtype == AIR_DTYPE_UINT4;
    return halves ? halves_of(values, dtype == AIR_DTYPE_INT4, shape) : values;
  }
  switch (dtype) {
    case AIR_DTYPE_INT4:
    case AIR_DTYPE_UINT4:
      return halves_of(elements_of<uint8_t>(raw), dtype == AIR_DTYPE_INT4, shape);
    case AIR_DTYPE_INT8:
      return elements_of<int8_t>(raw);
    case AIR_DTYPE_UINT8:
      return elements_of<uint8_t>(raw);
    case AIR_DTYPE_INT16:
      return elements_of<int16_t>(raw);
    case AIR_DTYPE_UINT16:
      return elements_of<uint16_t>(raw);
    case AIR_DTYPE_INT32:
      return elements_of<int32_t>(raw);
    default:
      return {};
  }
}

std::optional<int64_t> Constant::as_integer() const {
  if (element_type != kElementInt32 && element_type != kElementInt64) return {};
  int64_t value = 0;
  if (element_type == kElementInt64 && raw.size() == sizeof(value)) {
    std::memcpy(&value, raw.data(), sizeof(value));
    return value;
  }
  const std::vector<int64_t> few = packed.size() <= kLongestVarint ? stored_integers() : std::vector<int64_t>{};
  if (few.size() == 1) return few[0];
  if (element_type != kElementInt32 || raw.size() != sizeof(int32_t)) return {};
  return as_integers().at(0);
}

std::vector<int64_t> Constant::stored_integers() const {
  if (packed.empty()) return integers;
  std::vector<int64_t> values;
  protobuf::each_packed(packed, [&values](int64_t value) { values.push_back(value); });
  return values;
}

void ModelFile::spend(uint64_t n_bytes) {
  // A node or a name of a file in use has a dozen bytes and more; two bytes that stand for hundreds are an attack.
  constexpr uint64_t kPerByte = 8, kAlways = 16 << 20;
  spent_ += n_bytes;
  if (spent_ > bytes.size() * kPerByte + kAlways) throw protobuf::Malformed("it holds more parts than its size is for");
}

void read_or_refuse(Bytes file, const std::string &name, const std::function<void()> &read) try {
  read();
} catch (const protobuf::Malformed &error) {
  if (is_litert_model(file)) {
    fail(AIR_ERROR_INVALID_MODEL, "'{0}' is not an ONNX model, it is a LiteRT model: use tflite:{0}", name);
  }
  const char *begin = protobuf::text_of(file).data();
  const auto where = error.place == nullptr ? "" : fmt::format(" at byte {} of {}", error.place - begin, file.size());
  fail(AIR_ERROR_INVALID_MODEL, "'{}' is not an ONNX model, or it is cut off or damaged: {}{}", name, error.what(),
       where);
}

ModelFile::ModelFile(Bytes all, const std::string &name) : bytes(all) {
  read_or_refuse(all, name, [&] { read_model(all); });
  if (ir_version == 0) fail(AIR_ERROR_INVALID_MODEL, "'{}' is not an ONNX model: it tells no IR version", name);
  if (outputs.empty()) fail(AIR_ERROR_INVALID_MODEL, "'{}' is a model without outputs: there is nothing to run", name);
  std::erase_if(inputs, [this](const ValueInfo &input) { return is_constant(input.name); });
  for (const auto &[ignored, constant] : constants) weights_bytes += constant.size_bytes();
}

void ModelFile::read_model(Bytes model) {
  enum : uint32_t { kIrVersion = 1, kProducer = 2, kProducerVersion = 3, kOpset = 8 };
  Reader reader(model);
  for (Field field; reader.next(field);) {
    if (field.number == kIrVersion) ir_version = field.integer();
    if (field.number == kProducer) producer = field.text();
    if (field.number == kProducerVersion) producer_version = field.text();
    if (field.number == onnx_field::kModelGraph) read_graph(field.bytes);
    if (field.number != kOpset) continue;
    std::pair<std::string_view, int64_t> opset;
    Reader parts(field.bytes);
    for (Field part; parts.next(part);) {
      if (part.number == 1) opset.first = part.text();
      if (part.number == 2) opset.second = part.integer();
    }
    spend(2 * sizeof(opset));  // a vector that grows holds up to twice as much
    opsets.push_back(opset);
  }
}

void ModelFile::read_graph(Bytes graph) {
  Reader reader(graph);
  for (Field field; reader.next(field);) {
    switch (field.number) {
      case onnx_field::kGraphNode:
        read_node(field.bytes);
        break;
      case onnx_field::kGraphInitializer:
        add_constant(read_tensor(field.bytes));
        break;
      case onnx_field::kGraphInput:
        add_value(inputs, read_value(field.bytes));
        break;
      case onnx_field::kGraphOutput:
        add_value(outputs, read_value(field.bytes));
        break;
      default:
        break;
    }
  }
}

void ModelFile::add_constant(const std::pair<std::string_view, Constant> &named) {
  const Constant &constant = named.second;
  // With the node of the map.
  spend(2 * sizeof(named) + sizeof(int64_t) * (constant.shape.size() + constant.integers.size()) +
        sizeof(float) * constant.floats.size());
  constants.insert(named);
}

void ModelFile::add_value(std::vector<ValueInfo> &values, ValueInfo value) {
  spend(2 * sizeof(value) + value.shape.size() * (sizeof(int64_t) + sizeof(std::string_view)));
  values.push_back(std::move(value));
}

void ModelFile::add_name(std::vector<std::string_view> &names, std::string_view name) {
  spend(2 * sizeof(std::string_view));
  names.push_back(name);
}

void ModelFile::read_node(Bytes node_bytes) {
  enum : uint32_t {
    kInput = 1,
    kOutput = 2,
    kName = 3,
    kType = onnx_field::kNodeType,
    kAttribute = 5,
    kDomain = onnx_field::kNodeDomain
  };
  enum : uint32_t { kAttributeName = 1, kAttributeInteger = 3, kAttributeTensor = 5 };
  GraphNode node;
  std::optional<Constant> value;
  spend(sizeof(node));
  Reader reader(node_bytes);
  for (Field field; reader.next(field);) {
    if (field.number == kInput) add_name(node.inputs, field.text());
    if (field.number == kOutput) add_name(node.outputs, field.text());
    if (field.number == kName) node.name = field.text();
    if (field.number == kType) node.type = field.text();
    if (field.number == kDomain) node.domain = field.text();
    if (field.number != kAttribute) continue;
    std::string_view name;
    Reader parts(field.bytes);
    for (Field part; parts.next(part);) {
      if (part.number == kAttributeName) name = part.text();
      if (part.number == kAttributeInteger && name == "axis") node.axis = part.integer();
      if (part.number == kAttributeInteger && name == "block_size") node.block_size = part.integer();
      if (part.number == kAttributeInteger && name == "transB") node.transposes_right = part.integer() != 0;
      if (part.number == kAttributeInteger && name == "value_int")
        value = Constant{kElementInt64, {}, {}, {}, {part.integer()}};
      if (part.number == kAttributeTensor && name == "value") value = read_tensor(part.bytes).second;
    }
  }
  // The runtime turns each Constant node into a constant, whatever form its value has.
  if (is_constant_node(node)) {
    add_constant({node.outputs[0], value.value_or(Constant{})});
  } else {
    nodes.push_back(std::move(node));
  }
}

}  // namespace air::ort
