// SPDX-License-Identifier: BSD-3-Clause
// What a .tflite file says of its main graph.
#include "tflite_file/model_file.h"

#include <algorithm>
#include <array>
#include <map>

#include "common/dtype.h"
#include "common/error.h"
#include "common/shape.h"
#include "common/utf8.h"
#include "runtime/file.h"
#include "tflite_file/flatbuffer.h"

namespace air::tflite_file {

namespace {

class Malformed : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

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

// The model, all of whose parts lie within the file.
const schema::Model &verified(Bytes file) {
  constexpr size_t kSmallestTable = 8;  // with what refers to it
  const auto *begin = reinterpret_cast<const uint8_t *>(file.data());
  if (file.size() < 2 * sizeof(uint32_t) || !schema::ModelBufferHasIdentifier(begin))
    throw Malformed("it does not begin like one");
  if (file.size() >= FLATBUFFERS_MAX_BUFFER_SIZE) throw Malformed("it is longer than such a file can be");
  flatbuffers::Verifier::Options options;
  options.max_tables = std::max(options.max_tables, static_cast<uint32_t>(file.size() / kSmallestTable));
  flatbuffers::Verifier verifier(begin, file.size(), options);
  if (!schema::VerifyModelBuffer(verifier)) throw Malformed("it refers to what is not there");
  return *schema::GetModel(begin);
}

// Without scales there is none, unless it is of a kind that is not read here.
std::optional<runtime::Quantization> read_quantization(const schema::QuantizationParameters *table) {
  if (table == nullptr) return {};
  runtime::Quantization result;
  if (table->details_type() != schema::QuantizationDetails_NONE) return result;
  result.scales = numbers<float>(table->scale());
  result.zero_points = numbers(table->zero_point());
  result.axis = table->quantized_dimension();
  return result.scales.empty() ? std::nullopt : std::optional(std::move(result));
}

// What a tensor takes here and in the runtime, which both copy what may be the same for many in the file.
uint64_t cost_of(const schema::Tensor &tensor) {
  uint64_t cost = sizeof(FileTensor) + text(tensor.name()).size();
  for (const auto *shape : {tensor.shape(), tensor.shape_signature()}) cost += sizeof(int64_t) * items(shape).size();
  const schema::QuantizationParameters *quantization = tensor.quantization();
  if (quantization == nullptr) return cost;
  for (const auto *floats : {quantization->min(), quantization->max(), quantization->scale()})
    cost += sizeof(float) * items(floats).size();
  return cost + sizeof(int64_t) * items(quantization->zero_point()).size();
}

// And an operator, with the descriptions of the tensors that it writes.
uint64_t cost_of(const schema::Operator &op, const List<flatbuffers::Offset<schema::Tensor>> &tensors) {
  constexpr uint64_t kNode = 1024;
  uint64_t cost = kNode + items(op.custom_options()).size() + sizeof(int32_t) * items(op.inputs()).size();
  for (const int32_t index : items(op.outputs())) {
    if (static_cast<uint32_t>(index) < tensors.size()) cost += cost_of(*tensors.Get(static_cast<uint32_t>(index)));
  }
  return cost;
}

FileTensor read_tensor(const schema::Tensor &table, const std::vector<Bytes> &buffers) {
  FileTensor tensor;
  tensor.name = printable(text(table.name()));
  tensor.type = table.type();
  tensor.shape = numbers<int64_t>(table.shape());
  if (tensor.shape.size() > kMaxRank) throw Malformed("a tensor has more dimensions than there can be");
  const auto signature = numbers<int64_t>(table.shape_signature());
  for (size_t i = 0; i < tensor.shape.size(); ++i) {
    tensor.dynamic.push_back(tensor.shape[i] < 0 || (signature.size() == tensor.shape.size() && signature[i] < 0));
  }
  tensor.quantization = read_quantization(table.quantization());
  tensor.is_variable = table.is_variable();
  if (table.buffer() < buffers.size()) tensor.constant = buffers[table.buffer()];
  tensor.is_constant = !tensor.constant.empty();
  const std::optional<uint64_t> n = element_count(tensor.shape);
  const uint64_t item = dtype_size(dtype_of_type(tensor.type));
  if (!n || __builtin_mul_overflow(*n, item, &tensor.size_bytes)) tensor.size_bytes = 0;
  return tensor;
}

std::vector<Bytes> read_buffers(Bytes file, const schema::Model &model) {
  std::vector<Bytes> found;
  for (const schema::Buffer *buffer : items(model.buffers())) {
    // Weights of large models lie behind the tables, told by place and size.
    if (buffer->offset() <= 1) {
      found.push_back(std::as_bytes(std::span(items(buffer->data()).data(), items(buffer->data()).size())));
    } else if (buffer->offset() <= file.size() && buffer->size() <= file.size() - buffer->offset()) {
      found.push_back(file.subspan(buffer->offset(), buffer->size()));
    } else {
      throw Malformed("weights lie behind the end of the file");
    }
  }
  return found;
}

FileOperator read_code(const schema::OperatorCode &table) {
  FileOperator code;
  code.code = std::max<int>(table.deprecated_builtin_code(), table.builtin_code());
  code.name = printable(text(table.custom_code()));
  return code;
}

// The text that the converter left under this name.
std::string read_metadata(const schema::Model &model, std::string_view name, const std::vector<Bytes> &buffers) {
  for (const schema::Metadata *entry : items(model.metadata())) {
    if (text(entry->name()) != name || entry->buffer() >= buffers.size()) continue;
    const Bytes bytes = buffers[entry->buffer()];
    const std::string_view found(reinterpret_cast<const char *>(bytes.data()), bytes.size());
    return printable(found.substr(0, found.find('\0')));
  }
  return "";
}

// What is named like a model of the other kind is likely one.
std::string advice_on_name(const std::string &name) {
  const bool onnx = runtime::has_extension(name, ".onnx");
  return onnx ? fmt::format("; an ONNX model is named onnx:{}", name) : "";
}

void note_handle(ModelFile::Handles &handles, const FileOperator &op, const schema::VarHandleOptions *options) {
  if (op.outputs.empty() || options == nullptr) return;
  handles[op.outputs[0]] = fmt::format("{}/{}", text(options->container()), text(options->shared_name()));
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
  const schema::Model &model = verified(bytes);
  const std::vector<Bytes> buffers = read_buffers(bytes, model);
  version = model.version();
  description = printable(text(model.description()));
  made_by = read_metadata(model, "min_runtime_version", buffers);
  for (const Bytes buffer : buffers) {
    budget.take(buffer.size());
    weights_bytes += buffer.size();
  }
  for (const schema::Metadata *entry : items(model.metadata())) {
    if (entry->buffer() < buffers.size())
      weights_bytes -= std::min<uint64_t>(weights_bytes, buffers[entry->buffer()].size());
  }
  std::vector<FileOperator> codes;
  for (const schema::OperatorCode *code : items(model.operator_codes())) {
    budget.take(sizeof(FileOperator) + text(code->custom_code()).size());
    codes.push_back(read_code(*code));
  }
  n_graphs = items(model.subgraphs()).size();
  for (uint32_t i = 0; i < n_graphs; ++i) read_graph(*model.subgraphs()->Get(i), buffers, budget, codes, i == 0);
  for (const auto &[name, size] : resources_) states_bytes += size;
}

void ModelFile::read_graph(const schema::SubGraph &graph, const std::vector<Bytes> &buffers, Budget &budget,
                           const std::vector<FileOperator> &codes, bool is_main) {
  std::vector<FileTensor> found;
  for (const schema::Tensor *table : items(graph.tensors())) {
    budget.take(cost_of(*table));
    const FileTensor &tensor = found.emplace_back(read_tensor(*table, buffers));
    if (!is_main && tensor.is_constant) inner_constants.push_back(tensor.constant);
    if (tensor.is_variable) states_bytes += tensor.size_bytes;
  }
  Handles handles;
  for (const schema::Operator *table : items(graph.operators())) {
    budget.take(cost_of(*table, items(graph.tensors())));
    if (table->opcode_index() >= codes.size()) throw Malformed("an operator has a code that is not there");
    FileOperator op = codes[table->opcode_index()];
    op.inputs = numbers(table->inputs());
    op.outputs = numbers(table->outputs());
    op.has_outside_options = table->large_custom_options_offset() > 1;
    const schema::BatchMatMulOptions *matmul = table->builtin_options_as_BatchMatMulOptions();
    op.transposes_right = matmul != nullptr && matmul->adj_y();
    if (op.code == schema::BuiltinOperator_VAR_HANDLE)
      note_handle(handles, op, table->builtin_options_as_VarHandleOptions());
    note_resource(handles, op, found);
    if (is_main) operators.push_back(std::move(op));
  }
  if (!is_main) return;
  tensors = std::move(found);
  inputs = numbers(graph.inputs());
  outputs = numbers(graph.outputs());
}

// The size of a resource variable is that of the values it is given or read as.
void ModelFile::note_resource(const Handles &handles, const FileOperator &op, const std::vector<FileTensor> &found) {
  const bool is_read = op.code == schema::BuiltinOperator_READ_VARIABLE;
  if (!is_read && op.code != schema::BuiltinOperator_ASSIGN_VARIABLE) return;
  const std::vector<int32_t> &values = is_read ? op.outputs : op.inputs;
  const size_t at = is_read ? 0 : 1;
  if (op.inputs.empty() || values.size() <= at) return;
  if (values[at] < 0 || static_cast<size_t>(values[at]) >= found.size()) return;
  const auto handle = handles.find(op.inputs[0]);
  uint64_t &size = resources_[handle == handles.end() ? "" : handle->second];
  size = std::max(size, found[static_cast<size_t>(values[at])].size_bytes);
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

}  // namespace air::tflite_file
