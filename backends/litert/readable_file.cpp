// SPDX-License-Identifier: BSD-3-Clause
// A .tflite file with one operator more, written in front of the file that it leads into.
#include <algorithm>

#include "front.h"
#include "model_file.h"
#include "schema.h"

namespace air::litert {

using flatbuffer::Bytes;
using flatbuffer::Front;
using flatbuffer::Table;
using flatbuffer::Vector;

namespace {

constexpr uint64_t kField = sizeof(uint32_t);  // all fields and items that are written

class Writer {
 public:
  Writer(Bytes file, const std::vector<int32_t> &read, bool copies)
      : file_(file),
        read_(read),
        copies_(copies),
        model_(flatbuffer::root(file, kIdentifier)),
        graph_(model_.tables(slot::kModelGraphs).table(0)),
        codes_(model_.tables(slot::kModelCodes)),
        tensors_(graph_.tables(slot::kGraphTensors)),
        operators_(graph_.tables(slot::kGraphOperators)) {}

  std::vector<std::byte> write(const std::string &reader, const std::vector<int32_t> &inputs) {
    const uint64_t model = front_.table({slot::kModelVersion, slot::kModelCodes, slot::kModelGraphs,
                                         slot::kModelBuffers, slot::kModelMetadata, slot::kModelSignatures});
    front_.set(model, model_.number<uint32_t>(slot::kModelVersion, 0));
    keep(model + 3 * kField, model_, slot::kModelBuffers);
    keep(model + 4 * kField, model_, slot::kModelMetadata);
    front_.point_to_next(model + 1 * kField);
    write_codes(reader);
    front_.point_to_next(model + 2 * kField);
    write_graphs();
    front_.point_to_next(model + 5 * kField);
    write_signature(inputs);
    return front_.finish(file_);
  }
  uint64_t begin_of_file() const { return front_.begin_of_file(); }

 private:
  // What a field of the file refers to; an empty list when it is left out.
  void keep(uint64_t place, const Table &table, uint32_t slot) {
    if (const auto field = table.field(slot)) {
      front_.point_behind(place, flatbuffer::follow(file_, *field));
    } else {
      front_.point_to_next(place);
      front_.list(0);
    }
  }
  void keep_item(uint64_t first, const Vector &list, uint32_t i) {
    front_.point_behind(first + i * kField, flatbuffer::follow(file_, list.place(i)));
  }

  // A list with the items of another and some more; gives the place of the first of these.
  uint64_t extend(const Vector &list, size_t n_more) {
    const uint64_t first = front_.list(list.size() + n_more);
    for (uint32_t i = 0; i < list.size(); ++i) keep_item(first, list, i);
    return first + list.size() * kField;
  }

  // The list of numbers that a field refers to.
  void set_list(uint64_t place, const std::vector<int32_t> &numbers) {
    front_.point_to_next(place);
    const uint64_t first = front_.list(numbers.size());
    for (size_t i = 0; i < numbers.size(); ++i) front_.set(first + i * kField, static_cast<uint32_t>(numbers[i]));
  }
  void set_text(uint64_t place, std::string_view text) {
    front_.point_to_next(place);
    front_.text(text);
  }

  void write_codes(const std::string &reader) {
    const uint64_t more = extend(codes_, 3);
    front_.point_to_next(more);
    const uint64_t custom = front_.table({slot::kCodeOld, slot::kCodeCustom, slot::kCodeVersion, slot::kCodeNew});
    front_.set(custom, kCustom);
    front_.set(custom + 2 * kField, 1);
    front_.set(custom + 3 * kField, kCustom);
    set_text(custom + 1 * kField, reader);
    write_code(more + 1 * kField, kCast);
    write_code(more + 2 * kField, kMaximum);
  }

  void write_code(uint64_t item, Code code) {
    front_.point_to_next(item);
    const uint64_t table = front_.table({slot::kCodeOld, slot::kCodeVersion, slot::kCodeNew});
    front_.set(table, code);
    front_.set(table + 1 * kField, 1);
    front_.set(table + 2 * kField, code);
  }

  void write_graphs() {
    const Vector graphs = model_.tables(slot::kModelGraphs);
    const uint64_t list = front_.list(graphs.size());
    for (uint32_t i = 1; i < graphs.size(); ++i) keep_item(list, graphs, i);
    front_.point_to_next(list);
    const uint64_t main =
        front_.table({slot::kGraphTensors, slot::kGraphInputs, slot::kGraphOutputs, slot::kGraphOperators});
    keep(main + 1 * kField, graph_, slot::kGraphInputs);
    front_.point_to_next(main);
    write_tensors();
    set_list(main + 2 * kField, {output()});
    front_.point_to_next(main + 3 * kField);
    write_operators();
  }

  // Indices of tensors that are new: what the reader gives, as the runtime wants operators and graphs to have an output; then the copies.
  int32_t output() const { return static_cast<int32_t>(tensors_.size()); }
  int32_t copy(size_t i) const { return output() + 1 + static_cast<int32_t>(i); }
  size_t n_copies() const { return copies_ ? read_.size() : 0; }

  void write_tensors() {
    uint64_t more = extend(tensors_, 1 + n_copies());
    front_.point_to_next(more);
    const uint64_t one = front_.table({slot::kTensorShape, slot::kTensorType, slot::kTensorBuffer, slot::kTensorName});
    front_.set(one + 1 * kField, kInt8);
    set_list(one, {1});
    set_text(one + 3 * kField, "airunner.read");
    for (size_t i = 0; i < n_copies(); ++i) {
      front_.point_to_next(more += kField);
      write_copy(tensors_.table(static_cast<uint32_t>(read_[i])));
    }
  }

  void write_copy(const Table &tensor) {
    const bool dynamic = tensor.field(slot::kTensorShapeSignature).has_value();
    const uint64_t copy =
        dynamic ? front_.table({slot::kTensorShape, slot::kTensorType, slot::kTensorBuffer, slot::kTensorName,
                                slot::kTensorShapeSignature})
                : front_.table({slot::kTensorShape, slot::kTensorType, slot::kTensorBuffer, slot::kTensorName});
    front_.set(copy + 1 * kField, tensor.number<uint8_t>(slot::kTensorType, 0));
    keep(copy, tensor, slot::kTensorShape);
    keep(copy + 3 * kField, tensor, slot::kTensorName);
    if (dynamic) keep(copy + 4 * kField, tensor, slot::kTensorShapeSignature);
  }

  void write_operators() {
    uint64_t more = extend(operators_, n_copies() + 1);
    std::vector<int32_t> seen = read_;
    for (size_t i = 0; i < n_copies(); ++i, more += kField) {
      front_.point_to_next(more);
      write_copy_operator(read_[i], seen[i] = copy(i));
    }
    front_.point_to_next(more);
    const uint64_t op = front_.table({slot::kOperatorCode, slot::kOperatorInputs, slot::kOperatorOutputs});
    front_.set(op, codes_.size());
    set_list(op + 1 * kField, seen);
    set_list(op + 2 * kField, {output()});
  }

  // The larger one of itself and itself; or a cast to the same type, for those that have no larger one here. Of values that the runtime computes
  // beforehand a cast would be so, too.
  void write_copy_operator(int32_t from, int32_t to) {
    const auto type = tensors_.table(static_cast<uint32_t>(from)).number<uint8_t>(slot::kTensorType, 0);
    constexpr uint8_t kOrdered[] = {kFloat32, kInt32, kUint8, kInt64, kInt16, kInt8};
    const bool ordered = std::find(std::begin(kOrdered), std::end(kOrdered), type) != std::end(kOrdered);
    const uint64_t op = front_.table({slot::kOperatorCode, slot::kOperatorInputs, slot::kOperatorOutputs,
                                      slot::kOperatorOptionsType, slot::kOperatorOptions});
    front_.set(op, codes_.size() + (ordered ? 2 : 1));
    front_.set(op + 3 * kField, ordered ? kMaximumOptions : kCastOptions);
    set_list(op + 1 * kField, ordered ? std::vector<int32_t>{from, from} : std::vector<int32_t>{from});
    set_list(op + 2 * kField, {to});
    front_.point_to_next(op + 4 * kField);
    if (ordered) {
      front_.table({});
    } else {
      const uint64_t options = front_.table({slot::kCastFrom, slot::kCastTo});
      front_.set(options, type);
      front_.set(options + 1 * kField, type);
    }
  }

  void write_signature(const std::vector<int32_t> &inputs) {
    front_.point_to_next(front_.list(1));
    const uint64_t signature =
        front_.table({slot::kSignatureInputs, slot::kSignatureOutputs, slot::kSignatureKey, slot::kSignatureGraph});
    front_.point_to_next(signature);
    const uint64_t list = front_.list(inputs.size());
    for (size_t i = 0; i < inputs.size(); ++i) {
      front_.point_to_next(list + i * kField);
      const uint64_t named = front_.table({slot::kNamedName, slot::kNamedTensor});
      front_.set(named + 1 * kField, static_cast<uint32_t>(inputs[i]));
      set_text(named, std::to_string(i));
    }
    front_.point_to_next(signature + 1 * kField);
    front_.point_to_next(front_.list(1));
    const uint64_t named = front_.table({slot::kNamedName, slot::kNamedTensor});
    front_.set(named + 1 * kField, static_cast<uint32_t>(output()));
    set_text(named, "read");
    set_text(signature + 2 * kField, "airunner");
  }

  const Bytes file_;
  const std::vector<int32_t> &read_;
  const bool copies_;
  const Table model_;
  const Table graph_;
  const Vector codes_;
  const Vector tensors_;
  const Vector operators_;
  Front front_{kIdentifier};
};

}  // namespace

ReadableFile ModelFile::with_reader(const std::string &reader, const std::vector<int32_t> &read, bool copies) const {
  Writer writer(bytes, read, copies);
  ReadableFile result{writer.write(reader, inputs), {}};
  const uint64_t begin = writer.begin_of_file();
  for (const uint64_t place : outside_) {
    const uint64_t there = flatbuffer::number_at<uint64_t>(bytes, place) + begin;
    std::memcpy(result.bytes.data() + begin + place, &there, sizeof(there));
  }
  for (const uint64_t place : hidden_) {
    std::byte &byte = result.bytes[begin + place];
    if (byte == std::byte{}) continue;
    result.hidden.emplace_back(begin + place, byte);
    byte = {};
  }
  return result;
}

}  // namespace air::litert
