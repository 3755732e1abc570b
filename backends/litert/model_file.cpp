// SPDX-License-Identifier: BSD-3-Clause
// What a .tflite file says of its main graph, and the file as the runtime gets it.
#include "litert/model_file.h"

#include <algorithm>
#include <array>
#include <map>

#include "common/dtype.h"
#include "common/error.h"
#include "common/utf8.h"
#include "litert/schema.h"
#include "runtime/file.h"

namespace air::litert {

using flatbuffer::Bytes;
using flatbuffer::Malformed;
using flatbuffer::Table;
using flatbuffer::Vector;

namespace {

constexpr size_t kMaxRank = 16;

struct TypeFact {
  const char *name;
  air_dtype dtype;
  int element_type;  // of LiteRT's C API
};

// By number of the schema.
constexpr std::array<TypeFact, 19> kTypes = {{
    {"float32", AIR_DTYPE_FLOAT32, 1},    {"float16", AIR_DTYPE_FLOAT16, 10}, {"int32", AIR_DTYPE_INT32, 2},
    {"uint8", AIR_DTYPE_UINT8, 3},        {"int64", AIR_DTYPE_INT64, 4},      {"string", AIR_DTYPE_NONE, 5},
    {"bool", AIR_DTYPE_BOOL, 6},          {"int16", AIR_DTYPE_INT16, 7},      {"complex64", AIR_DTYPE_NONE, 8},
    {"int8", AIR_DTYPE_INT8, 9},          {"float64", AIR_DTYPE_FLOAT64, 11}, {"complex128", AIR_DTYPE_NONE, 12},
    {"uint64", AIR_DTYPE_UINT64, 13},     {"resource", AIR_DTYPE_NONE, 14},   {"variant", AIR_DTYPE_NONE, 15},
    {"uint32", AIR_DTYPE_UINT32, 16},     {"uint16", AIR_DTYPE_UINT16, 17},   {"int4", AIR_DTYPE_INT4, 18},
    {"bfloat16", AIR_DTYPE_BFLOAT16, 19},
}};

const TypeFact *type_fact(int type) noexcept {
  return type >= 0 && type < static_cast<int>(kTypes.size()) ? &kTypes[static_cast<size_t>(type)] : nullptr;
}

std::vector<int32_t> indices(const Table &table, uint32_t slot) {
  return table.vector(slot, sizeof(int32_t)).numbers<int32_t, int32_t>();
}

// Without scales there is none, unless it is of a kind that is not read here.
std::optional<runtime::Quantization> read_quantization(const Table &tensor) {
  const auto table = tensor.table(slot::kTensorQuantization);
  if (!table) return {};
  runtime::Quantization result;
  if (table->number<uint8_t>(slot::kQuantizationDetails, 0) != 0) return result;
  result.scales = table->vector(slot::kQuantizationScale, sizeof(float)).numbers<float, float>();
  result.zero_points = table->vector(slot::kQuantizationZero, sizeof(int64_t)).numbers<int64_t, int32_t>();
  result.axis = table->number<int32_t>(slot::kQuantizationAxis, 0);
  return result.scales.empty() ? std::nullopt : std::optional(std::move(result));
}

// What a tensor takes here and in the runtime, which both copy what may be the same for many in the file.
uint64_t cost_of(const Table &tensor) {
  uint64_t cost = sizeof(FileTensor) + tensor.text(slot::kTensorName).size();
  for (const uint32_t shape : {slot::kTensorShape, slot::kTensorShapeSignature})
    cost += sizeof(int64_t) * tensor.vector(shape, sizeof(int32_t)).size();
  const auto quantization = tensor.table(slot::kTensorQuantization);
  if (!quantization) return cost;
  for (const uint32_t numbers : {slot::kQuantizationMin, slot::kQuantizationMax, slot::kQuantizationScale})
    cost += sizeof(float) * quantization->vector(numbers, sizeof(float)).size();
  return cost + sizeof(int64_t) * quantization->vector(slot::kQuantizationZero, sizeof(int64_t)).size();
}

// And an operator, with the descriptions of the tensors that it writes.
uint64_t cost_of_operator(const Table &op, const Vector &tensors) {
  constexpr uint64_t kNode = 1024;
  uint64_t cost = kNode + op.vector(slot::kOperatorCustomOptions, 1).size() +
                  sizeof(int32_t) * op.vector(slot::kOperatorInputs, sizeof(int32_t)).size();
  const Vector outputs = op.vector(slot::kOperatorOutputs, sizeof(int32_t));
  for (uint32_t i = 0; i < outputs.size(); ++i) {
    const auto index = outputs.number<uint32_t>(i);
    if (index < tensors.size()) cost += cost_of(tensors.table(index));
  }
  return cost;
}

FileTensor read_tensor(const Table &table, const std::vector<Bytes> &buffers) {
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
  if (buffer < buffers.size()) tensor.constant = buffers[buffer];
  tensor.is_constant = !tensor.constant.empty();
  const std::optional<uint64_t> n = runtime::element_count(tensor.shape);
  const uint64_t item = dtype_size(dtype_of_type(tensor.type));
  if (!n || __builtin_mul_overflow(*n, item, &tensor.size_bytes)) tensor.size_bytes = 0;
  return tensor;
}

std::vector<Bytes> read_buffers(Bytes file, const Table &model) {
  std::vector<Bytes> found;
  const Vector buffers = model.tables(slot::kModelBuffers);
  for (uint32_t i = 0; i < buffers.size(); ++i) {
    const Table buffer = buffers.table(i);
    // Weights of large models lie behind the tables, told by place and size.
    const auto outside = buffer.number<uint64_t>(slot::kBufferOffset, 0);
    const Vector data = buffer.vector(slot::kBufferData, 1);
    const uint64_t place = outside > 1 ? outside : data.empty() ? 0 : data.place(0);
    const uint64_t size = outside > 1 ? buffer.number<uint64_t>(slot::kBufferSize, 0) : data.size();
    if (place > file.size() || size > file.size() - place) throw Malformed("weights lie behind the end of the file");
    found.push_back(file.subspan(place, size));
  }
  return found;
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
  const bool onnx = runtime::has_extension(name, ".onnx");
  return onnx ? fmt::format("; an ONNX model is named onnx:{}", name) : "";
}

void note_handle(ModelFile::Handles &handles, const FileOperator &op, const Table &table) {
  const auto options = table.table(slot::kOperatorOptions);
  if (op.outputs.empty() || !options) return;
  handles[op.outputs[0]] =
      fmt::format("{}/{}", options->text(slot::kHandleContainer), options->text(slot::kHandleName));
}

}  // namespace

// A file can name one part of itself any number of times: read, that would be many times the size of the file.
struct ModelFile::Budget {
  uint64_t left;

  void take(uint64_t size) {
    if (size > left)
      throw Malformed("it names the same parts so often that it would take many times its size of memory");
    left -= size;
  }
};

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
    read_model();
  } catch (const Malformed &error) {
    fail(AIR_ERROR_INVALID_MODEL, "'{}' is not a LiteRT model (.tflite), or it is cut off or damaged: {}{}", name,
         error.what(), advice_on_name(name));
  }
  check(name);
}

void ModelFile::read_model() {
  constexpr uint64_t kTimesTheFile = 12;
  constexpr uint64_t kForSmallFiles = uint64_t{16} << 20;
  Budget budget{kTimesTheFile * bytes.size() + kForSmallFiles};
  const Table model = flatbuffer::root(bytes, kIdentifier);
  version = model.number<uint32_t>(slot::kModelVersion, 0);
  description = printable(model.text(slot::kModelDescription));
  made_by = read_metadata(model, "min_runtime_version");
  const Vector graphs = model.tables(slot::kModelGraphs);
  n_graphs = graphs.size();
  const std::vector<Bytes> buffers = read_buffers(bytes, model);
  const Vector buffer_tables = model.tables(slot::kModelBuffers);
  for (uint32_t i = 0; i < buffers.size(); ++i) {
    budget.take(buffers[i].size());
    weights_bytes += buffers[i].size();
    note_outside(buffer_tables.table(i), slot::kBufferOffset);
  }
  const Vector metadata = model.tables(slot::kModelMetadata);
  for (uint32_t i = 0; i < metadata.size(); ++i) {
    const auto buffer = metadata.table(i).number<uint32_t>(slot::kMetadataBuffer, 0);
    if (buffer < buffers.size()) weights_bytes -= std::min<uint64_t>(weights_bytes, buffers[buffer].size());
  }
  const Vector code_tables = model.tables(slot::kModelCodes);
  for (uint32_t i = 0; i < code_tables.size(); ++i)
    budget.take(sizeof(FileOperator) + code_tables.table(i).text(slot::kCodeCustom).size());
  const std::vector<FileOperator> codes = read_codes(model);
  for (uint32_t i = 0; i < n_graphs; ++i) read_graph(graphs.table(i), buffers, budget, codes, i == 0);
  for (const auto &[name, size] : resources_) states_bytes += size;
}

void ModelFile::read_graph(const Table &graph, const std::vector<Bytes> &buffers, Budget &budget,
                           const std::vector<FileOperator> &codes, bool is_main) {
  const Vector tensor_tables = graph.tables(slot::kGraphTensors);
  std::vector<FileTensor> found;
  for (uint32_t i = 0; i < tensor_tables.size(); ++i) {
    const Table table = tensor_tables.table(i);
    budget.take(cost_of(table));
    found.push_back(read_tensor(table, buffers));
    if (!is_main && found.back().is_constant) inner_constants.push_back(found.back().constant);
    if (!found.back().is_variable) continue;
    states_bytes += found.back().size_bytes;
    hidden_.push_back(*table.field(slot::kTensorVariable));
  }
  Handles handles;
  const Vector operator_tables = graph.tables(slot::kGraphOperators);
  for (uint32_t i = 0; i < operator_tables.size(); ++i) {
    const Table table = operator_tables.table(i);
    budget.take(cost_of_operator(table, tensor_tables));
    const auto code = table.number<uint32_t>(slot::kOperatorCode, 0);
    if (code >= codes.size()) throw Malformed("an operator has a code that is not there");
    FileOperator op = codes[code];
    op.inputs = indices(table, slot::kOperatorInputs);
    op.outputs = indices(table, slot::kOperatorOutputs);
    hide_list(table, slot::kOperatorMutating);
    hide_list(table, slot::kOperatorIntermediates);
    note_outside(table, slot::kOperatorOutsideOptions);
    op.has_outside_options = table.number<uint64_t>(slot::kOperatorOutsideOptions, 0) > 1;
    const auto options = table.table(slot::kOperatorOptions);
    if (op.code == kBatchMatmul && options)
      op.transposes_right = options->number<uint8_t>(slot::kMatmulTransposesRight, 0) != 0;
    if (op.code == kVarHandle) note_handle(handles, op, table);
    if (op.code == kReadVariable || op.code == kAssignVariable) note_resource(handles, op, found);
    if (is_main) operators.push_back(std::move(op));
  }
  if (!is_main) return;
  tensors = std::move(found);
  inputs = indices(graph, slot::kGraphInputs);
  outputs = indices(graph, slot::kGraphOutputs);
}

// The size of a resource variable is that of the values it is given or read as.
void ModelFile::note_resource(const Handles &handles, const FileOperator &op, const std::vector<FileTensor> &found) {
  const std::vector<int32_t> &values = op.code == kReadVariable ? op.outputs : op.inputs;
  const size_t at = op.code == kReadVariable ? 0 : 1;
  if (op.inputs.empty() || values.size() <= at) return;
  if (values[at] < 0 || static_cast<size_t>(values[at]) >= found.size()) return;
  const auto handle = handles.find(op.inputs[0]);
  uint64_t &size = resources_[handle == handles.end() ? "" : handle->second];
  size = std::max(size, found[static_cast<size_t>(values[at])].size_bytes);
}

void ModelFile::hide_list(const Table &op, uint32_t slot) {
  const auto field = op.field(slot);
  if (!field || op.vector(slot, sizeof(uint32_t)).empty()) return;
  const uint64_t length = flatbuffer::follow(bytes, *field);
  for (uint64_t i = 0; i < sizeof(uint32_t); ++i) hidden_.push_back(length + i);
}

void ModelFile::note_outside(const Table &table, uint32_t slot) {
  if (table.number<uint64_t>(slot, 0) > 1) outside_.push_back(*table.field(slot));
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

}  // namespace air::litert
