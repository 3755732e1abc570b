// SPDX-License-Identifier: BSD-3-Clause
// Option only: a model of some operators of another, written as a file of its own.
#include "litert/part.h"

#include <algorithm>
#include <cstring>
#include <map>
#include <optional>
#include <set>

#include "common/error.h"
#include "litert/options_table.h"
#include "runtime/part.h"
#include "tflite_file/flatbuffer.h"
#include "tflite_file/names.h"

namespace air::litert {

using flatbuffers::Offset;
using runtime::Part;
using runtime::Wiring;

namespace {

constexpr size_t kAlignment = 16;  // of constants

[[noreturn]] void refuse(const std::string &name, const char *why) {
  fail(AIR_ERROR_UNSUPPORTED, "option only: operator '{}' cannot be moved to a model of its own: {}", name, why);
}

Part find_part(const ModelFile &file, std::string_view wanted) {
  std::set<int32_t> computed(file.inputs.begin(), file.inputs.end());
  for (const FileOperator &op : file.operators) computed.insert(op.outputs.begin(), op.outputs.end());
  std::vector<Wiring> graph;
  std::vector<std::string> names;
  for (const FileOperator &op : file.operators) {
    names.push_back(name_of_operator(file, names.size()));
    Wiring &wiring = graph.emplace_back();
    for (const int32_t tensor : op.inputs) {
      if (tensor < 0) continue;
      const bool is_value = computed.contains(tensor);
      if (is_value) wiring.reads.push_back(static_cast<uint32_t>(tensor));
      wiring.reads_constants = wiring.reads_constants || !is_value;
      wiring.is_fixed = wiring.is_fixed && !file.tensor(tensor).is_variable;
    }
    for (const int32_t tensor : op.outputs) wiring.writes.push_back(static_cast<uint32_t>(tensor));
  }
  const std::set<uint32_t> outputs(file.outputs.begin(), file.outputs.end());
  return runtime::part_of(graph, runtime::nodes_named(wanted, names), outputs);
}

class PartWriter {
 public:
  PartWriter(const ModelFile &file, const Part &part)
      : file_(file),
        model_(*schema::GetModel(file.bytes.data())),
        graph_(*model_.subgraphs()->Get(0)),
        part_(part),
        builder_(kAlignment * 1024, nullptr, false, kAlignment) {
    buffers_.push_back(schema::CreateBuffer(builder_));  // the first is empty by agreement
  }

  std::vector<std::byte> write() {
    std::vector<Offset<schema::Operator>> operators;
    for (const uint32_t index : part_.nodes) operators.push_back(write_operator(index));
    const auto inputs = builder_.CreateVector(moved(part_.inputs));
    const auto outputs = builder_.CreateVector(moved(part_.outputs));
    const auto tensors = builder_.CreateVector(tensors_);
    const auto name = graph_.name() == nullptr ? 0 : builder_.CreateString(graph_.name());
    const auto graph =
        schema::CreateSubGraph(builder_, tensors, inputs, outputs, builder_.CreateVector(operators), name);
    const auto graphs = builder_.CreateVector(std::vector{graph});
    const auto codes = builder_.CreateVector(codes_);
    const auto description = builder_.CreateString("some operators of another model");
    const auto buffers = builder_.CreateVector(buffers_);
    schema::FinishModelBuffer(builder_,
                              schema::CreateModel(builder_, model_.version(), codes, graphs, description, buffers));
    const auto made = std::as_bytes(std::span(builder_.GetBufferPointer(), builder_.GetSize()));
    return {made.begin(), made.end()};
  }

 private:
  Offset<schema::Operator> write_operator(uint32_t index) {
    const schema::Operator &op = *graph_.operators()->Get(index);
    const std::string name = name_of_operator(file_, index);
    if (op.large_custom_options_offset() > 1) refuse(name, "its options lie behind the model");
    const auto inputs = builder_.CreateVector(moved(numbers(op.inputs())));
    const auto outputs = builder_.CreateVector(moved(numbers(op.outputs())));
    const auto intermediates =
        op.intermediates() == nullptr ? 0 : builder_.CreateVector(moved(numbers(op.intermediates())));
    const auto mutating = copied(op.mutating_variable_inputs());
    const auto custom = copied(op.custom_options());
    const Offset<void> options =
        write_options(op.builtin_options_type(), op.builtin_options(), OptionsKind::kFirst, name);
    const Offset<void> more =
        write_options(op.builtin_options_2_type(), op.builtin_options_2(), OptionsKind::kSecond, name);
    return schema::CreateOperator(builder_, code(op.opcode_index()), inputs, outputs, op.builtin_options_type(),
                                  options, custom, op.custom_options_format(), mutating, intermediates, 0, 0,
                                  op.builtin_options_2_type(), more);
  }

  Offset<void> write_options(uint8_t type, const void *table, OptionsKind kind, const std::string &name) {
    if (type == 0 || table == nullptr) return 0;
    const std::optional<OptionsTable> copy = copy_options(file_.bytes, table, kind, type);
    if (!copy) refuse(name, "its options name other graphs of the file, or are of a kind that is not known here");
    check_space(copy->bytes.size());
    builder_.ForceVectorAlignment(copy->bytes.size(), 1, OptionsTable::kAlignment);
    builder_.PushBytes(copy->bytes.data(), copy->bytes.size());
    return Offset<void>(builder_.GetSize() - static_cast<uint32_t>(copy->table));
  }

  uint32_t code(uint32_t index) {
    const auto [place, is_new] = moved_codes_.emplace(index, static_cast<uint32_t>(codes_.size()));
    if (!is_new) return place->second;
    const schema::OperatorCode &old = *model_.operator_codes()->Get(index);
    const auto custom = old.custom_code() == nullptr ? 0 : builder_.CreateString(old.custom_code());
    codes_.push_back(
        schema::CreateOperatorCode(builder_, old.deprecated_builtin_code(), custom, old.version(), old.builtin_code()));
    return place->second;
  }

  // Where tensors are in the new file, which takes them in when they are first asked for.
  template <class Number>
  std::vector<int32_t> moved(const std::vector<Number> &tensors) {
    std::vector<int32_t> places;
    for (const Number tensor : tensors) {
      const auto index = static_cast<int32_t>(tensor);
      places.push_back(index < 0 ? -1 : moved_tensor(index));
    }
    return places;
  }
  int32_t moved_tensor(int32_t index) {
    const auto known = moved_tensors_.find(index);
    if (known != moved_tensors_.end()) return known->second;
    if (!file_.is_tensor(index))
      fail(AIR_ERROR_INVALID_MODEL, "the model is damaged: it names a tensor that is not there");
    const schema::Tensor &old = *graph_.tensors()->Get(static_cast<uint32_t>(index));
    if (old.sparsity() != nullptr)
      refuse(file_.tensor(index).name, "its values are stored as those of a sparse tensor");
    const uint32_t buffer = write_buffer(file_.tensor(index).constant);
    const auto shape = copied(old.shape());
    // What has no name is called by its number, which is another one here.
    const auto name = builder_.CreateString(name_of_tensor(file_, index));
    const auto quantization = write_quantization(old.quantization(), file_.tensor(index).name);
    const auto signature = copied(old.shape_signature());
    tensors_.push_back(schema::CreateTensor(builder_, shape, old.type(), buffer, name, quantization, old.is_variable(),
                                            0, signature, old.has_rank()));
    return moved_tensors_[index] = static_cast<int32_t>(tensors_.size() - 1);
  }

  uint32_t write_buffer(Bytes constant) {
    if (constant.empty()) return 0;
    const auto [place, is_new] = moved_buffers_.emplace(constant.data(), static_cast<uint32_t>(buffers_.size()));
    if (!is_new) return place->second;
    check_space(constant.size());
    builder_.ForceVectorAlignment(constant.size(), 1, kAlignment);
    const auto data = builder_.CreateVector(reinterpret_cast<const uint8_t *>(constant.data()), constant.size());
    buffers_.push_back(schema::CreateBuffer(builder_, data));
    return place->second;
  }

  // A file may name one part of itself any number of times; the library would end the process.
  void check_space(uint64_t size) const {
    constexpr uint64_t kSome = 1024;
    if (builder_.GetSize() + size + kSome >= FLATBUFFERS_MAX_BUFFER_SIZE)
      fail(AIR_ERROR_UNSUPPORTED, "option only: these operators would make a file of more than 2 GiB");
  }

  Offset<schema::QuantizationParameters> write_quantization(const schema::QuantizationParameters *old,
                                                            const std::string &name) {
    if (old == nullptr) return 0;
    if (old->details_type() != schema::QuantizationDetails_NONE) refuse(name, "it is quantized in a way of its own");
    const auto min = copied(old->min()), max = copied(old->max()), scale = copied(old->scale());
    const auto zero_point = copied(old->zero_point());
    return schema::CreateQuantizationParameters(builder_, min, max, scale, zero_point, schema::QuantizationDetails_NONE,
                                                0, old->quantized_dimension());
  }

  // The Verifier does not see to the alignment of items.
  template <class Item>
  Offset<List<Item>> copied(const List<Item> *list) {
    if (list == nullptr) return 0;
    check_space(sizeof(Item) * list->size());
    std::vector<Item> items(list->size());
    if (!items.empty()) std::memcpy(items.data(), list->Data(), items.size() * sizeof(Item));
    return builder_.CreateVector(items);
  }

  const ModelFile &file_;
  const schema::Model &model_;
  const schema::SubGraph &graph_;
  const Part &part_;
  flatbuffers::FlatBufferBuilder builder_;
  std::vector<Offset<schema::Tensor>> tensors_;
  std::vector<Offset<schema::Buffer>> buffers_;
  std::vector<Offset<schema::OperatorCode>> codes_;
  std::map<int32_t, int32_t> moved_tensors_;
  std::map<uint32_t, uint32_t> moved_codes_;
  std::map<const std::byte *, uint32_t> moved_buffers_;
};

}  // namespace

std::vector<std::byte> part_of_model(const ModelFile &file, std::string_view wanted) {
  const Part part = find_part(file, wanted);
  return PartWriter(file, part).write();
}

}  // namespace air::litert
