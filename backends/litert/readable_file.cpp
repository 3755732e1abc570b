// SPDX-License-Identifier: BSD-3-Clause
// A .tflite file with one operator more, written in front of the file that it leads into: references only point forward.
#include "litert/readable_file.h"

#include <algorithm>
#include <array>

#include "common/error.h"
#include "tflite_file/flatbuffer.h"

namespace air::litert {

using flatbuffers::Offset;

namespace {

template <class Item>
using Items = Offset<List<Offset<Item>>>;

constexpr size_t kAlignment = 16;  // of the file that comes behind, whose data are aligned from its begin on

// The larger one of itself and itself is a copy. Other types have a cast to the same type; of values that the runtime computes beforehand
// that would be so, too.
bool has_maximum(int type) {
  constexpr std::array kTypes = {schema::TensorType_FLOAT32, schema::TensorType_INT32, schema::TensorType_UINT8,
                                 schema::TensorType_INT64,   schema::TensorType_INT16, schema::TensorType_INT8};
  return std::find(kTypes.begin(), kTypes.end(), type) != kTypes.end();
}

// An operator that is added, with the tensor that it writes.
struct Added {
  schema::BuiltinOperator code;
  std::vector<int32_t> inputs;
  schema::TensorType type;  // of the tensor
  int32_t like = -1;        // the tensor that it is a copy of
};

// Their operators are told in this order, behind that of the reader.
constexpr std::array kAddedCodes = {schema::BuiltinOperator_CAST, schema::BuiltinOperator_MAXIMUM,
                                    schema::BuiltinOperator_CONCATENATION, schema::BuiltinOperator_RESHAPE,
                                    schema::BuiltinOperator_SHAPE};

class Writer {
 public:
  Writer(Bytes file, const std::vector<Read> &read, const std::vector<int32_t> &given)
      : file_(file),
        model_(*schema::GetModel(file.data())),
        graph_(*model_.subgraphs()->Get(0)),
        given_(given),
        builder_(file.size() + size_of_front(read.size()), nullptr, false, kAlignment) {
    check_space(file.size() + size_of_front(read.size()));
    builder_.ForceVectorAlignment(file.size(), 1, kAlignment);
    builder_.PushBytes(reinterpret_cast<const uint8_t *>(file.data()), file.size());
    end_ = builder_.GetSize();
    for (const Read &one : read) add(one);
  }

  ReadableFile write(const std::string &reader, std::vector<int32_t> inputs) {
    inputs.insert(inputs.end(), given_.begin(), given_.end());
    name_ = builder_.CreateString("airunner.read");
    const auto codes = write_codes(reader);
    const auto graphs = write_graphs(inputs);
    const auto signature = write_signature(inputs);
    const auto buffers = model_.buffers() != nullptr ? kept(model_.buffers())
                                                     : builder_.CreateVector(std::vector<Offset<schema::Buffer>>());
    schema::FinishModelBuffer(builder_, schema::CreateModel(builder_, model_.version(), codes, graphs, 0, buffers,
                                                            kept(model_.metadata()), signature));
    ReadableFile result{builder_.Release(), {}};
    settle(result);
    return result;
  }

 private:
  // About; where it takes more the file is copied once more.
  size_t size_of_front(size_t n_read) const {
    constexpr size_t kSome = 4096, kEach = 512;
    return kSome +
           sizeof(uint32_t) *
               (items(graph_.tensors()).size() + items(graph_.operators()).size() + items(model_.subgraphs()).size()) +
           kEach * (n_read + given_.size() + items(graph_.inputs()).size() + items(model_.operator_codes()).size());
  }

  void check_space(size_t size) const {
    if (size >= FLATBUFFERS_MAX_BUFFER_SIZE)
      fail(AIR_ERROR_INVALID_MODEL, "the model is too large: with what reads its tensors it has to be below 2 GiB");
  }

  // A part of the file.
  template <class Part>
  Offset<Part> kept(const Part *part) const {
    return part == nullptr ? Offset<Part>() : Offset<Part>(end_ - static_cast<uint32_t>(place_of(part)));
  }
  size_t place_of(const void *part) const {
    return static_cast<size_t>(static_cast<const std::byte *>(part) - file_.data());
  }

  template <class Item>
  std::vector<Offset<Item>> kept_items(const List<Offset<Item>> *list, size_t first = 0) const {
    std::vector<Offset<Item>> result;
    for (size_t i = first; i < items(list).size(); ++i) result.push_back(kept(list->Get(static_cast<uint32_t>(i))));
    return result;
  }

  Items<schema::OperatorCode> write_codes(const std::string &reader) {
    auto codes = kept_items(model_.operator_codes());
    codes.push_back(schema::CreateOperatorCode(builder_, schema::BuiltinOperator_CUSTOM, builder_.CreateString(reader),
                                               1, schema::BuiltinOperator_CUSTOM));
    for (const auto code : kAddedCodes)
      codes.push_back(schema::CreateOperatorCode(builder_, static_cast<int8_t>(code), 0, 1, code));
    return builder_.CreateVector(codes);
  }

  Items<schema::SubGraph> write_graphs(const std::vector<int32_t> &inputs) {
    const auto tensors = write_tensors();
    const auto operators = write_operators();
    std::vector<Offset<schema::SubGraph>> graphs = {schema::CreateSubGraph(
        builder_, tensors, builder_.CreateVector(inputs), builder_.CreateVector(std::vector{output()}), operators)};
    const auto others = kept_items(model_.subgraphs(), 1);
    graphs.insert(graphs.end(), others.begin(), others.end());
    return builder_.CreateVector(graphs);
  }

  // The first new tensors: what is computed in place of what is given.
  int32_t computed(size_t place) const { return static_cast<int32_t>(items(graph_.tensors()).size() + place); }
  // The one behind them: what the reader gives, as the runtime wants operators and graphs to have an output.
  int32_t output() const { return computed(given_.size()); }

  // The tensor that an operator writes to where the file says `tensor`.
  int32_t written(int32_t tensor) const {
    const auto found = std::find(given_.begin(), given_.end(), tensor);
    return found == given_.end() ? tensor : computed(static_cast<size_t>(found - given_.begin()));
  }

  void add(const Read &one) {
    const schema::TensorType type = type_of(one.tensor);
    const int32_t from = one.computed ? written(one.tensor) : one.tensor;
    if (one.how == Reading::kInPlace) seen_.push_back(from);
    if (one.how == Reading::kCopied) seen_.push_back(add_copy(from, one.tensor, type));
    if (one.how != Reading::kPadded) return;
    // The shape is never empty, so that it serves as what is behind the elements.
    const int32_t shape = add({schema::BuiltinOperator_SHAPE, {from}, schema::TensorType_INT32});
    const int32_t behind = add({schema::BuiltinOperator_CAST, {shape}, type});
    const int32_t row = add({schema::BuiltinOperator_RESHAPE, {from}, type});
    seen_.push_back(add({schema::BuiltinOperator_CONCATENATION, {row, behind}, type}));
    seen_.push_back(add({schema::BuiltinOperator_MAXIMUM, {shape, shape}, schema::TensorType_INT32}));
  }
  int32_t add_copy(int32_t from, int32_t like, schema::TensorType type) {
    return has_maximum(type) ? add({schema::BuiltinOperator_MAXIMUM, {from, from}, type, like})
                             : add({schema::BuiltinOperator_CAST, {from}, type, like});
  }
  // Gives the index of the new tensor.
  int32_t add(Added added) {
    added_.push_back(std::move(added));
    return output() + static_cast<int32_t>(added_.size());
  }
  const schema::Tensor &tensor(int32_t index) const { return *graph_.tensors()->Get(static_cast<uint32_t>(index)); }
  schema::TensorType type_of(int32_t index) const {
    if (index > output()) return added_[static_cast<size_t>(index - output() - 1)].type;
    if (index >= computed(0)) return type_of(given_[static_cast<size_t>(index - computed(0))]);
    return tensor(index).type();
  }

  Items<schema::Tensor> write_tensors() {
    auto tensors = kept_items(graph_.tensors());
    for (const int32_t index : given_) tensors.push_back(write_copy(tensor(index), kept(tensor(index).quantization())));
    tensors.push_back(write_row(schema::TensorType_INT8));
    for (const Added &added : added_)
      tensors.push_back(added.like < 0 ? write_row(added.type) : write_copy(tensor(added.like), 0));
    return builder_.CreateVector(tensors);
  }

  Offset<schema::Tensor> write_row(schema::TensorType type) {
    return schema::CreateTensor(builder_, builder_.CreateVector(std::vector{1}), type, 0, name_);
  }

  // Of the values alone, or with what they are quantized by.
  Offset<schema::Tensor> write_copy(const schema::Tensor &tensor, Offset<schema::QuantizationParameters> quantization) {
    return schema::CreateTensor(builder_, kept(tensor.shape()), tensor.type(), 0, kept(tensor.name()), quantization,
                                false, 0, kept(tensor.shape_signature()));
  }

  Items<schema::Operator> write_operators() {
    std::vector<Offset<schema::Operator>> operators;
    for (const schema::Operator *op : items(graph_.operators())) operators.push_back(write_operator(*op));
    for (size_t i = 0; i < added_.size(); ++i)
      operators.push_back(write_added(added_[i], output() + 1 + static_cast<int32_t>(i)));
    operators.push_back(schema::CreateOperator(builder_, items(model_.operator_codes()).size(),
                                               builder_.CreateVector(seen_),
                                               builder_.CreateVector(std::vector{output()})));
    return builder_.CreateVector(operators);
  }

  // One of the file, which writes to other tensors where its own are given.
  Offset<schema::Operator> write_operator(const schema::Operator &op) {
    const std::vector<int32_t> own = numbers(op.outputs());
    std::vector<int32_t> outputs = own;
    for (int32_t &output : outputs) output = written(output);
    if (outputs == own) return kept(&op);
    check_space(builder_.GetSize() + size_of_front(0) + outputs.size() * sizeof(int32_t));
    return schema::CreateOperator(builder_, op.opcode_index(), kept(op.inputs()), builder_.CreateVector(outputs),
                                  op.builtin_options_type(), kept(op.builtin_options()), kept(op.custom_options()),
                                  op.custom_options_format(), kept(op.mutating_variable_inputs()),
                                  kept(op.intermediates()), 0, 0, op.builtin_options_2_type(),
                                  kept(op.builtin_options_2()));
  }

  Offset<schema::Operator> write_added(const Added &added, int32_t to) {
    const auto place = std::find(kAddedCodes.begin(), kAddedCodes.end(), added.code) - kAddedCodes.begin();
    const auto [type, options] = write_options(added);
    return schema::CreateOperator(builder_, items(model_.operator_codes()).size() + 1 + static_cast<uint32_t>(place),
                                  builder_.CreateVector(added.inputs), builder_.CreateVector(std::vector{to}), type,
                                  options);
  }

  std::pair<schema::BuiltinOptions, Offset<void>> write_options(const Added &added) {
    switch (added.code) {
      case schema::BuiltinOperator_CAST:
        return {schema::BuiltinOptions_CastOptions,
                schema::CreateCastOptions(builder_, type_of(added.inputs[0]), added.type).Union()};
      case schema::BuiltinOperator_SHAPE:
        return {schema::BuiltinOptions_ShapeOptions, schema::CreateShapeOptions(builder_, added.type).Union()};
      case schema::BuiltinOperator_RESHAPE:
        return {schema::BuiltinOptions_ReshapeOptions,
                schema::CreateReshapeOptions(builder_, builder_.CreateVector(std::vector{-1})).Union()};
      case schema::BuiltinOperator_CONCATENATION:
        return {schema::BuiltinOptions_ConcatenationOptions, schema::CreateConcatenationOptions(builder_).Union()};
      default:
        return {schema::BuiltinOptions_MaximumMinimumOptions, schema::CreateMaximumMinimumOptions(builder_).Union()};
    }
  }

  Items<schema::SignatureDef> write_signature(const std::vector<int32_t> &inputs) {
    const auto map = [this](const std::string &name, int32_t tensor) {
      return schema::CreateTensorMap(builder_, builder_.CreateString(name), static_cast<uint32_t>(tensor));
    };
    std::vector<Offset<schema::TensorMap>> maps;
    for (size_t i = 0; i < inputs.size(); ++i) maps.push_back(map(std::to_string(i), inputs[i]));
    const auto signature = schema::CreateSignatureDef(builder_, builder_.CreateVector(maps),
                                                      builder_.CreateVector(std::vector{map("read", output())}),
                                                      builder_.CreateString("airunner"));
    return builder_.CreateVector(std::vector{signature});
  }

  // Numbers that count from the begin of the file to its other end count from further in front, and what the loader refuses is hidden.
  void settle(ReadableFile &result) const {
    const size_t begin = result.bytes.size() - end_;
    const auto move = [&](uint64_t number, const uint8_t *place) {
      if (number > 1) flatbuffers::WriteScalar(result.bytes.data() + begin + place_of(place), number + begin);
    };
    const auto hide = [&](const void *place, size_t size) {
      for (size_t i = begin + place_of(place); size > 0; --size, ++i) {
        if (result.bytes.data()[i] != 0) result.hidden.emplace_back(i, result.bytes.data()[i]);
        result.bytes.data()[i] = 0;
      }
    };
    const auto field = [](const void *table, flatbuffers::voffset_t slot) {
      return static_cast<const flatbuffers::Table *>(table)->GetAddressOf(slot);
    };
    for (const schema::Buffer *buffer : items(model_.buffers()))
      move(buffer->offset(), field(buffer, schema::Buffer::VT_OFFSET));
    for (const schema::SubGraph *graph : items(model_.subgraphs())) {
      for (const schema::Tensor *tensor : items(graph->tensors())) {
        if (tensor->is_variable()) hide(field(tensor, schema::Tensor::VT_IS_VARIABLE), 1);
      }
      for (const schema::Operator *op : items(graph->operators())) {
        move(op->large_custom_options_offset(), field(op, schema::Operator::VT_LARGE_CUSTOM_OPTIONS_OFFSET));
        // Their lengths.
        if (op->mutating_variable_inputs() != nullptr) hide(op->mutating_variable_inputs(), sizeof(uint32_t));
        if (op->intermediates() != nullptr) hide(op->intermediates(), sizeof(uint32_t));
      }
    }
  }

  const Bytes file_;
  const schema::Model &model_;
  const schema::SubGraph &graph_;
  const std::vector<int32_t> given_;
  std::vector<Added> added_;
  std::vector<int32_t> seen_;  // by the reader
  flatbuffers::FlatBufferBuilder builder_;
  uint32_t end_ = 0;  // from the begin of the file to the end of what is written
  Offset<flatbuffers::String> name_;
};

}  // namespace

bool can_be_padded(int type) noexcept {
  return has_maximum(type) || type == schema::TensorType_BOOL;
}

ReadableFile with_reader(const ModelFile &file, const std::string &reader, const std::vector<Read> &read,
                         const std::vector<int32_t> &given) {
  return Writer(file.bytes, read, given).write(reader, file.inputs);
}

}  // namespace air::litert
