// SPDX-License-Identifier: BSD-3-Clause
// What a .tflite file says of its main graph, and how to make more of its tensors outputs.
#include "model_file.h"

#include <algorithm>
#include <array>

#include "common/dtype.h"
#include "common/error.h"
#include "common/utf8.h"
#include "runtime/file.h"

namespace air::litert {

using flatbuffer::Bytes;
using flatbuffer::Malformed;
using flatbuffer::Table;
using flatbuffer::Vector;

namespace {

// Slots of the schema's tables.
namespace slot {
constexpr uint32_t kModelVersion = 0, kModelCodes = 1, kModelGraphs = 2, kModelDescription = 3, kModelBuffers = 4,
                   kModelMetadata = 6, kModelSignatures = 7;
constexpr uint32_t kGraphTensors = 0, kGraphInputs = 1, kGraphOutputs = 2, kGraphOperators = 3;
constexpr uint32_t kTensorShape = 0, kTensorType = 1, kTensorBuffer = 2, kTensorName = 3, kTensorQuantization = 4,
                   kTensorVariable = 5, kTensorShapeSignature = 7;
constexpr uint32_t kQuantizationScale = 2, kQuantizationZero = 3, kQuantizationAxis = 6;
constexpr uint32_t kOperatorCode = 0, kOperatorInputs = 1, kOperatorOutputs = 2;
constexpr uint32_t kCodeOld = 0, kCodeCustom = 1, kCodeNew = 3;
constexpr uint32_t kBufferData = 0, kBufferOffset = 1, kBufferSize = 2;
constexpr uint32_t kMetadataName = 0, kMetadataBuffer = 1;
}  // namespace slot

constexpr size_t kMaxRank = 16;

struct TypeFact {
  const char *name;
  air_dtype dtype;
  int element_type;  // of LiteRT's C API
};

// By number of the schema.
constexpr std::array<TypeFact, 17> kTypes = {{
    {"float32", AIR_DTYPE_FLOAT32, 1},
    {"float16", AIR_DTYPE_FLOAT16, 10},
    {"int32", AIR_DTYPE_INT32, 2},
    {"uint8", AIR_DTYPE_UINT8, 3},
    {"int64", AIR_DTYPE_INT64, 4},
    {"string", AIR_DTYPE_NONE, 5},
    {"bool", AIR_DTYPE_BOOL, 6},
    {"int16", AIR_DTYPE_INT16, 7},
    {"complex64", AIR_DTYPE_NONE, 8},
    {"int8", AIR_DTYPE_INT8, 9},
    {"float64", AIR_DTYPE_FLOAT64, 11},
    {"complex128", AIR_DTYPE_NONE, 12},
    {"uint64", AIR_DTYPE_UINT64, 13},
    {"resource", AIR_DTYPE_NONE, 14},
    {"variant", AIR_DTYPE_NONE, 15},
    {"uint32", AIR_DTYPE_UINT32, 16},
    {"uint16", AIR_DTYPE_UINT16, 17},
}};

const TypeFact *type_fact(int type) noexcept {
  return type >= 0 && type < static_cast<int>(kTypes.size()) ? &kTypes[static_cast<size_t>(type)] : nullptr;
}

std::vector<int32_t> indices(const Table &table, uint32_t slot) {
  return table.vector(slot, sizeof(int32_t)).numbers<int32_t, int32_t>();
}

runtime::Quantization read_quantization(const Table &tensor) {
  runtime::Quantization result;
  const auto table = tensor.table(slot::kTensorQuantization);
  if (!table) return result;
  result.scales = table->vector(slot::kQuantizationScale, sizeof(float)).numbers<float, float>();
  result.zero_points = table->vector(slot::kQuantizationZero, sizeof(int64_t)).numbers<int64_t, int32_t>();
  result.axis = table->number<int32_t>(slot::kQuantizationAxis, 0);
  return result;
}

FileTensor read_tensor(const Table &table, const std::vector<uint64_t> &buffer_sizes) {
  FileTensor tensor;
  tensor.name = printable(table.text(slot::kTensorName));
  tensor.type = table.number<uint8_t>(slot::kTensorType, 0);  // below 128
  tensor.shape = table.vector(slot::kTensorShape, sizeof(int32_t)).numbers<int32_t, int64_t>();
  if (tensor.shape.size() > kMaxRank) throw Malformed("a tensor has more dimensions than there can be");
  const auto signature = table.vector(slot::kTensorShapeSignature, sizeof(int32_t)).numbers<int32_t, int64_t>();
  for (size_t i = 0; i < tensor.shape.size(); ++i) {
    tensor.dynamic.push_back(tensor.shape[i] < 0 || (signature.size() == tensor.shape.size() && signature[i] < 0));
  }
  tensor.quantization = read_quantization(table);
  tensor.is_variable = table.number<uint8_t>(slot::kTensorVariable, 0) != 0;
  const auto buffer = table.number<uint32_t>(slot::kTensorBuffer, 0);
  tensor.is_constant = buffer < buffer_sizes.size() && buffer_sizes[buffer] > 0;
  const std::optional<uint64_t> n = runtime::element_count(tensor.shape);
  const uint64_t item = dtype_size(dtype_of_type(tensor.type));
  if (!n || __builtin_mul_overflow(*n, item, &tensor.size_bytes)) tensor.size_bytes = 0;
  return tensor;
}

std::vector<uint64_t> read_buffer_sizes(const Table &model) {
  std::vector<uint64_t> sizes;
  const Vector buffers = model.tables(slot::kModelBuffers);
  for (uint32_t i = 0; i < buffers.size(); ++i) {
    const Table buffer = buffers.table(i);
    // Weights of large models lie behind the tables, told by place and size.
    const bool outside = buffer.number<uint64_t>(slot::kBufferOffset, 0) > 1;
    sizes.push_back(outside ? buffer.number<uint64_t>(slot::kBufferSize, 0)
                            : buffer.vector(slot::kBufferData, 1).size());
  }
  return sizes;
}

std::vector<FileOperator> read_codes(const Table &model) {
  std::vector<FileOperator> codes;
  const Vector tables = model.tables(slot::kModelCodes);
  for (uint32_t i = 0; i < tables.size(); ++i) {
    const Table table = tables.table(i);
    const int32_t old = table.number<uint8_t>(slot::kCodeOld, 0);  // up to 127
    FileOperator code;
    code.code = static_cast<uint32_t>(std::max(old, table.number<int32_t>(slot::kCodeNew, 0)));
    code.name = printable(table.text(slot::kCodeCustom));
    codes.push_back(std::move(code));
  }
  return codes;
}

// The text that the converter left under this name.
std::string read_metadata(const Table &model, std::string_view name) {
  const Vector entries = model.tables(slot::kModelMetadata);
  const Vector buffers = model.tables(slot::kModelBuffers);
  for (uint32_t i = 0; i < entries.size(); ++i) {
    const Table entry = entries.table(i);
    const auto buffer = entry.number<uint32_t>(slot::kMetadataBuffer, 0);
    if (entry.text(slot::kMetadataName) != name || buffer >= buffers.size()) continue;
    const std::string_view text = buffers.table(buffer).text(slot::kBufferData);
    return printable(text.substr(0, text.find('\0')));
  }
  return "";
}

// What is named like a model of the other kind is likely one.
std::string advice_on_name(const std::string &name) {
  const bool onnx = runtime::claim_extension(name.c_str(), ".onnx") > 0;
  return onnx ? fmt::format("; an ONNX model is named onnx:{}", name) : "";
}

void append_number(std::vector<std::byte> &out, uint32_t number) {
  const auto *bytes = reinterpret_cast<const std::byte *>(&number);
  out.insert(out.end(), bytes, bytes + sizeof(number));
}

}  // namespace

air_dtype dtype_of_type(int type) noexcept {
  const TypeFact *fact = type_fact(type);
  return fact == nullptr ? AIR_DTYPE_NONE : fact->dtype;
}

int element_type_of(air_dtype dtype) noexcept {
  const auto found =
      std::find_if(kTypes.begin(), kTypes.end(), [dtype](const TypeFact &fact) { return fact.dtype == dtype; });
  return found == kTypes.end() ? 0 : found->element_type;
}

std::string type_name(int type) {
  const TypeFact *fact = type_fact(type);
  return fact == nullptr ? fmt::format("type {}", type) : fact->name;
}

ModelFile::ModelFile(Bytes all, const std::string &name) : bytes(all) {
  try {
    read_model(all);
  } catch (const Malformed &error) {
    fail(AIR_ERROR_INVALID_MODEL, "'{}' is not a LiteRT model (.tflite), or it is cut off or damaged: {}{}", name,
         error.what(), advice_on_name(name));
  }
  check(name);
}

void ModelFile::read_model(Bytes file) {
  const Table model = flatbuffer::root(file, "TFL3");
  version = model.number<uint32_t>(slot::kModelVersion, 0);
  description = printable(model.text(slot::kModelDescription));
  made_by = read_metadata(model, "min_runtime_version");
  const Vector graphs = model.tables(slot::kModelGraphs);
  n_graphs = graphs.size();
  if (n_graphs == 0) return;
  const std::vector<uint64_t> buffer_sizes = read_buffer_sizes(model);
  const Table graph = graphs.table(0);
  read_tensors(graph, buffer_sizes);
  inputs = indices(graph, slot::kGraphInputs);
  outputs = indices(graph, slot::kGraphOutputs);
  read_operators(graph, read_codes(model));
  outputs_field_ = graph.field(slot::kGraphOutputs).value_or(0);
  signatures_field_ = model.field(slot::kModelSignatures).value_or(0);
  if (signatures_field_ != 0) flatbuffer::follow(file, signatures_field_);  // lies within the file
  for (const uint64_t size : buffer_sizes) weights_bytes += size;
  const Vector metadata = model.tables(slot::kModelMetadata);
  for (uint32_t i = 0; i < metadata.size(); ++i) {
    const auto buffer = metadata.table(i).number<uint32_t>(slot::kMetadataBuffer, 0);
    if (buffer < buffer_sizes.size()) weights_bytes -= std::min(weights_bytes, buffer_sizes[buffer]);
  }
}

void ModelFile::read_tensors(const Table &graph, const std::vector<uint64_t> &buffer_sizes) {
  const Vector tables = graph.tables(slot::kGraphTensors);
  for (uint32_t i = 0; i < tables.size(); ++i) {
    tensors.push_back(read_tensor(tables.table(i), buffer_sizes));
    if (tensors.back().is_variable) states_bytes += tensors.back().size_bytes;
  }
}

void ModelFile::read_operators(const Table &graph, const std::vector<FileOperator> &codes) {
  const Vector tables = graph.tables(slot::kGraphOperators);
  for (uint32_t i = 0; i < tables.size(); ++i) {
    const Table table = tables.table(i);
    const auto code = table.number<uint32_t>(slot::kOperatorCode, 0);
    if (code >= codes.size()) throw Malformed("an operator has a code that is not there");
    FileOperator op = codes[code];
    op.inputs = indices(table, slot::kOperatorInputs);
    op.outputs = indices(table, slot::kOperatorOutputs);
    operators.push_back(std::move(op));
  }
}

void ModelFile::check(const std::string &name) const {
  if (n_graphs == 0) fail(AIR_ERROR_INVALID_MODEL, "'{}' is a model without a graph", name);
  if (outputs.empty()) fail(AIR_ERROR_INVALID_MODEL, "'{}' is a model without outputs: there is nothing to run", name);
  const auto valid = [this](int32_t index) { return is_tensor(index); };
  const auto all_valid = [&](const std::vector<int32_t> &list) { return std::all_of(list.begin(), list.end(), valid); };
  const auto valid_or_none = [this](int32_t index) { return index == -1 || is_tensor(index); };
  const bool sound = all_valid(inputs) && all_valid(outputs) &&
                     std::all_of(operators.begin(), operators.end(), [&](const FileOperator &op) {
                       return std::all_of(op.inputs.begin(), op.inputs.end(), valid_or_none) && all_valid(op.outputs);
                     });
  if (!sound) fail(AIR_ERROR_INVALID_MODEL, "'{}' is damaged: it names a tensor that is not there", name);
}

// References only lead forward, so that lists may be replaced by others at the end.
std::vector<std::byte> ModelFile::with_outputs(const std::vector<int32_t> &wanted) const {
  std::vector<std::byte> out(bytes.begin(), bytes.end());
  out.resize((out.size() + 7) / 8 * 8);
  const auto refer = [&out](uint64_t field) {
    const auto distance = static_cast<uint32_t>(out.size() - field);
    std::memcpy(out.data() + field, &distance, sizeof(distance));
  };
  refer(outputs_field_);
  append_number(out, static_cast<uint32_t>(wanted.size()));
  for (const int32_t index : wanted) append_number(out, static_cast<uint32_t>(index));
  if (signatures_field_ != 0) {
    refer(signatures_field_);
    append_number(out, 0);
  }
  return out;
}

}  // namespace air::litert
