// SPDX-License-Identifier: BSD-3-Clause
// A .tflite file with one operator more, written in front of the file that it leads into.
#include <algorithm>
#include <array>

#include "litert/front.h"
#include "litert/model_file.h"
#include "litert/schema.h"

namespace air::litert {

using flatbuffer::Bytes;
using flatbuffer::Front;
using flatbuffer::Table;
using flatbuffer::Vector;

namespace {

constexpr uint64_t kField = sizeof(uint32_t);  // all fields and items that are written

// The larger one of itself and itself is a copy. Other types have a cast to the same type; of values that the runtime computes beforehand
// that would be so, too.
bool has_maximum(int type) {
  constexpr std::array kTypes = {kFloat32, kInt32, kUint8, kInt64, kInt16, kInt8};
  return std::find(kTypes.begin(), kTypes.end(), type) != kTypes.end();
}

// An operator that is added, with the tensor that it writes.
struct Added {
  Code code;
  OptionsType options;
  std::vector<int32_t> inputs;
  uint8_t type;       // of the tensor
  int32_t like = -1;  // the tensor that it is a copy of
};

// Their operators are told in this order, behind that of the reader.
constexpr std::array kAddedCodes = {kCast, kMaximum, kConcatenation, kReshape, kShape};

// What an operator of the file may have, beside options that lie behind the file's tables.
constexpr std::array kOperatorSlots = {slot::kOperatorCode,          slot::kOperatorInputs,
                                       slot::kOperatorOutputs,       slot::kOperatorOptionsType,
                                       slot::kOperatorOptions,       slot::kOperatorCustomOptions,
                                       slot::kOperatorCustomFormat,  slot::kOperatorMutating,
                                       slot::kOperatorIntermediates, slot::kOperatorMoreOptionsType,
                                       slot::kOperatorMoreOptions};

// Fields of one byte.
bool is_small(uint32_t slot) {
  return slot == slot::kOperatorOptionsType || slot == slot::kOperatorCustomFormat ||
         slot == slot::kOperatorMoreOptionsType;
}

class Writer {
 public:
  Writer(Bytes file, const std::vector<Read> &read, const std::vector<int32_t> &given)
      : file_(file),
        model_(flatbuffer::root(file, kIdentifier)),
        graph_(model_.tables(slot::kModelGraphs).table(0)),
        codes_(model_.tables(slot::kModelCodes)),
        tensors_(graph_.tables(slot::kGraphTensors)),
        operators_(graph_.tables(slot::kGraphOperators)),
        given_(given) {
    for (const Read &one : read) add(one);
  }

  std::vector<std::byte> write(const std::string &reader, std::vector<int32_t> inputs) {
    inputs.insert(inputs.end(), given_.begin(), given_.end());
    const uint64_t model = front_.table({slot::kModelVersion, slot::kModelCodes, slot::kModelGraphs,
                                         slot::kModelBuffers, slot::kModelMetadata, slot::kModelSignatures});
    front_.set(model, model_.number<uint32_t>(slot::kModelVersion, 0));
    keep(model + 3 * kField, model_, slot::kModelBuffers);
    keep(model + 4 * kField, model_, slot::kModelMetadata);
    front_.point_to_next(model + 1 * kField);
    write_codes(reader);
    front_.point_to_next(model + 2 * kField);
    write_graphs(inputs);
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
    uint64_t more = extend(codes_, 1 + kAddedCodes.size());
    front_.point_to_next(more);
    const uint64_t custom = front_.table({slot::kCodeOld, slot::kCodeCustom, slot::kCodeVersion, slot::kCodeNew});
    front_.set(custom, kCustom);
    front_.set(custom + 2 * kField, 1);
    front_.set(custom + 3 * kField, kCustom);
    set_text(custom + 1 * kField, reader);
    for (const Code code : kAddedCodes) write_code(more += kField, code);
  }

  void write_code(uint64_t item, Code code) {
    front_.point_to_next(item);
    const uint64_t table = front_.table({slot::kCodeOld, slot::kCodeVersion, slot::kCodeNew});
    front_.set(table, code);
    front_.set(table + 1 * kField, 1);
    front_.set(table + 2 * kField, code);
  }

  void write_graphs(const std::vector<int32_t> &inputs) {
    const Vector graphs = model_.tables(slot::kModelGraphs);
    const uint64_t list = front_.list(graphs.size());
    for (uint32_t i = 1; i < graphs.size(); ++i) keep_item(list, graphs, i);
    front_.point_to_next(list);
    const uint64_t main =
        front_.table({slot::kGraphTensors, slot::kGraphInputs, slot::kGraphOutputs, slot::kGraphOperators});
    front_.point_to_next(main);
    write_tensors();
    set_list(main + 1 * kField, inputs);
    set_list(main + 2 * kField, {output()});
    front_.point_to_next(main + 3 * kField);
    write_operators();
  }

  // The first new tensors: what is computed in place of what is given.
  int32_t computed(size_t place) const { return static_cast<int32_t>(tensors_.size() + place); }
  // The one behind them: what the reader gives, as the runtime wants operators and graphs to have an output.
  int32_t output() const { return computed(given_.size()); }

  // The tensor that an operator writes to where the file says `tensor`.
  int32_t written(int32_t tensor) const {
    const auto found = std::find(given_.begin(), given_.end(), tensor);
    return found == given_.end() ? tensor : computed(static_cast<size_t>(found - given_.begin()));
  }

  void add(const Read &one) {
    const uint8_t type = type_of(one.tensor);
    const int32_t from = one.computed ? written(one.tensor) : one.tensor;
    if (one.how == Reading::kInPlace) seen_.push_back(from);
    if (one.how == Reading::kCopied) seen_.push_back(add_copy(from, one.tensor, type));
    if (one.how != Reading::kPadded) return;
    // The shape is never empty, so that it serves as what is behind the elements.
    const int32_t shape = add({kShape, kShapeOptions, {from}, kInt32});
    const int32_t behind = add({kCast, kCastOptions, {shape}, type});
    const int32_t row = add({kReshape, kReshapeOptions, {from}, type});
    seen_.push_back(add({kConcatenation, kConcatenationOptions, {row, behind}, type}));
    seen_.push_back(add({kMaximum, kMaximumOptions, {shape, shape}, kInt32}));
  }
  int32_t add_copy(int32_t from, int32_t like, uint8_t type) {
    return has_maximum(type) ? add({kMaximum, kMaximumOptions, {from, from}, type, like})
                             : add({kCast, kCastOptions, {from}, type, like});
  }
  // Gives the index of the new tensor.
  int32_t add(Added added) {
    added_.push_back(std::move(added));
    return output() + static_cast<int32_t>(added_.size());
  }
  uint8_t type_of(int32_t index) const {
    if (index > output()) return added_[static_cast<size_t>(index - output() - 1)].type;
    if (index >= computed(0)) return type_of(given_[static_cast<size_t>(index - computed(0))]);
    return tensors_.table(static_cast<uint32_t>(index)).number<uint8_t>(slot::kTensorType, 0);
  }

  void write_tensors() {
    uint64_t more = extend(tensors_, given_.size() + 1 + added_.size());
    for (const int32_t tensor : given_) {
      front_.point_to_next(more);
      write_copy(tensors_.table(static_cast<uint32_t>(tensor)), true);
      more += kField;
    }
    front_.point_to_next(more);
    write_row(kInt8);
    for (const Added &added : added_) {
      front_.point_to_next(more += kField);
      added.like < 0 ? write_row(added.type) : write_copy(tensors_.table(static_cast<uint32_t>(added.like)), false);
    }
  }

  void write_row(uint8_t type) {
    const uint64_t row = front_.table({slot::kTensorShape, slot::kTensorType, slot::kTensorBuffer, slot::kTensorName});
    front_.set(row + 1 * kField, type);
    set_list(row, {1});
    set_text(row + 3 * kField, "airunner.read");
  }

  // Of the values alone, or with what they are quantized by.
  void write_copy(const Table &tensor, bool quantized) {
    std::vector<uint32_t> slots = {slot::kTensorShape, slot::kTensorType, slot::kTensorBuffer, slot::kTensorName};
    for (const uint32_t slot : {slot::kTensorQuantization, slot::kTensorShapeSignature}) {
      if ((quantized || slot != slot::kTensorQuantization) && tensor.field(slot)) slots.push_back(slot);
    }
    const uint64_t copy = front_.table(slots);
    front_.set(copy + 1 * kField, tensor.number<uint8_t>(slot::kTensorType, 0));
    for (size_t i = 0; i < slots.size(); ++i) {
      if (slots[i] != slot::kTensorType && slots[i] != slot::kTensorBuffer) keep(copy + i * kField, tensor, slots[i]);
    }
  }

  void write_operators() {
    uint64_t more = front_.list(operators_.size() + added_.size() + 1);
    for (uint32_t i = 0; i < operators_.size(); ++i, more += kField) write_operator(more, operators_.table(i), i);
    for (size_t i = 0; i < added_.size(); ++i, more += kField) {
      front_.point_to_next(more);
      write_added(added_[i], output() + 1 + static_cast<int32_t>(i));
    }
    front_.point_to_next(more);
    const uint64_t op = front_.table({slot::kOperatorCode, slot::kOperatorInputs, slot::kOperatorOutputs});
    front_.set(op, codes_.size());
    set_list(op + 1 * kField, seen_);
    set_list(op + 2 * kField, {output()});
  }

  // One of the file, which writes to other tensors where its own are given.
  void write_operator(uint64_t item, const Table &op, uint32_t index) {
    std::vector<int32_t> outputs = op.vector(slot::kOperatorOutputs, sizeof(int32_t)).numbers<int32_t, int32_t>();
    const std::vector<int32_t> own = outputs;
    for (int32_t &output : outputs) output = written(output);
    if (outputs == own) return front_.point_behind(item, flatbuffer::follow(file_, operators_.place(index)));
    std::vector<uint32_t> slots;
    for (const uint32_t slot : kOperatorSlots) {
      if (op.field(slot)) slots.push_back(slot);
    }
    front_.point_to_next(item);
    uint64_t field = front_.table(slots);
    for (const uint32_t slot : slots) {
      if (slot == slot::kOperatorCode) {
        front_.set(field, op.number<uint32_t>(slot, 0));
      } else if (is_small(slot)) {
        front_.set(field, op.number<uint8_t>(slot, 0));
      } else if (slot == slot::kOperatorOutputs) {
        set_list(field, outputs);
      } else {
        keep(field, op, slot);
      }
      field += kField;
    }
  }

  void write_added(const Added &added, int32_t to) {
    const auto place = std::find(kAddedCodes.begin(), kAddedCodes.end(), added.code) - kAddedCodes.begin();
    const uint64_t op = front_.table({slot::kOperatorCode, slot::kOperatorInputs, slot::kOperatorOutputs,
                                      slot::kOperatorOptionsType, slot::kOperatorOptions});
    front_.set(op, codes_.size() + 1 + static_cast<uint32_t>(place));
    front_.set(op + 3 * kField, added.options);
    set_list(op + 1 * kField, added.inputs);
    set_list(op + 2 * kField, {to});
    front_.point_to_next(op + 4 * kField);
    write_options(added);
  }

  void write_options(const Added &added) {
    if (added.options == kCastOptions) {
      const uint64_t options = front_.table({slot::kCastFrom, slot::kCastTo});
      front_.set(options, type_of(added.inputs[0]));
      front_.set(options + 1 * kField, added.type);
    } else if (added.options == kShapeOptions) {
      front_.set(front_.table({slot::kShapeType}), added.type);
    } else if (added.options == kReshapeOptions) {
      set_list(front_.table({slot::kReshapeShape}), {-1});
    } else {
      front_.table({});
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
  const Table model_;
  const Table graph_;
  const Vector codes_;
  const Vector tensors_;
  const Vector operators_;
  const std::vector<int32_t> given_;
  std::vector<Added> added_;
  std::vector<int32_t> seen_;  // by the reader
  Front front_{kIdentifier};
};

}  // namespace

bool can_be_padded(int type) noexcept {
  return has_maximum(type) || type == kBool;
}

ReadableFile ModelFile::with_reader(const std::string &reader, const std::vector<Read> &read,
                                    const std::vector<int32_t> &given) const {
  Writer writer(bytes, read, given);
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
