// SPDX-License-Identifier: BSD-3-Clause
#include "onnxruntime/exact_sums.h"

#include <algorithm>
#include <map>
#include <set>
#include <vector>

#include "onnxruntime/model_file.h"

namespace air::ort {
namespace {

using protobuf::append_bytes;
using protobuf::append_integer;
using protobuf::Bytes;
using protobuf::Field;
using protobuf::Reader;
using namespace onnx_field;

// Of a TensorProto; numbers are those of onnx.proto.
constexpr uint32_t kType = 2, kNumbers = 5, kName = 8, kRaw = 9, kExternal = 13;
constexpr int64_t kUint8 = 2, kInt8 = 3;
constexpr char kOffset = '\x80';

// Where operators have the parts that matter among their inputs. The zero point of the inputs is the third of all.
constexpr size_t kInputZero = 2;
struct Places {
  std::string_view type;
  size_t weights, zero;
};
constexpr Places kPlaces[] = {
    {"QLinearConv", 3, 5}, {"QLinearMatMul", 3, 5}, {"QGemm", 3, 5}, {"MatMulInteger", 1, 3}, {"ConvInteger", 1, 3}};

struct Node {
  std::string_view type;
  std::vector<std::string_view> inputs, outputs;

  explicit Node(Bytes bytes) {
    Reader reader(bytes);
    for (Field field; reader.next(field);) {
      if (field.number == kNodeInput) inputs.push_back(field.text());
      if (field.number == kNodeOutput) outputs.push_back(field.text());
      if (field.number == kNodeType) type = field.text();
    }
  }

  std::string_view input(size_t place) const { return place < inputs.size() ? inputs[place] : std::string_view(); }
  const Places *places() const {
    const auto *found =
        std::find_if(std::begin(kPlaces), std::end(kPlaces), [&](const Places &p) { return p.type == type; });
    return found == std::end(kPlaces) ? nullptr : found;
  }
};

struct Constant {
  int64_t type = 0;
  bool is_here = true;  // not in a file beside the model
  Bytes bytes;          // of the whole tensor
};

int64_t element_of_value(Bytes value) {
  int64_t element = 0;
  Reader parts(value);
  for (Field part; parts.next(part);) {
    if (part.number != kValueType) continue;
    Reader types(part.bytes);
    for (Field type; types.next(type);) {
      if (type.number != kTypeTensor) continue;
      Reader tensors(type.bytes);
      for (Field tensor; tensors.next(tensor);)
        if (tensor.number == kTensorElement) element = tensor.integer();
    }
  }
  return element;
}

std::string_view name_in(Bytes message, uint32_t number) {
  std::string_view name;
  Reader reader(message);
  for (Field field; reader.next(field);)
    if (field.number == number) name = field.text();
  return name;
}

// A tensor of int8 as one of uint8, under another name.
std::string unsigned_tensor(Bytes tensor, const std::string &name) {
  std::string written, values;
  Reader reader(tensor);
  for (Field field; reader.next(field);) {
    if (field.number == kRaw) {
      values = field.text();
      for (char &value : values) value = static_cast<char>(value ^ kOffset);
    } else if (field.number == kNumbers) {
      protobuf::each_integer(field, [&](int64_t value) { values += static_cast<char>(value + 128); });
    } else if (field.number != kType && field.number != kName) {
      written += protobuf::text_of(field.whole);
    }
  }
  append_integer(written, kType, kUint8);
  append_bytes(written, kName, name);
  append_bytes(written, kRaw, values);
  return written;
}

class Rewriting {
 public:
  explicit Rewriting(Bytes model) : model_(model) {
    while (protobuf::text_of(model).find(suffix_) != std::string_view::npos) suffix_ += '_';
    each_of_graph([this](const Field &field) { read(field); });
  }

  ExactSums write() {
    std::string graph;
    bool is_changed = false;
    each_of_graph([&](const Field &field) {
      const std::string node = field.number == kGraphNode ? changed_node(field.bytes) : "";
      is_changed = is_changed || !node.empty();
      if (node.empty())
        graph += protobuf::text_of(field.whole);
      else
        append_bytes(graph, kGraphNode, node);
    });
    if (!is_changed) return {"", has_signed_inputs_};
    std::string out;
    Reader reader(model_);
    for (Field field; reader.next(field);)
      if (field.number != kModelGraph) out += protobuf::text_of(field.whole);
    append_bytes(out, kModelGraph, graph + constants_added_);
    return {std::move(out), has_signed_inputs_};
  }

 private:
  // A graph may come in several fields, which are read as one.
  template <class Use>
  void each_of_graph(Use use) const {
    Reader reader(model_);
    for (Field field; reader.next(field);) {
      if (field.number != kModelGraph) continue;
      Reader graph(field.bytes);
      for (Field part; graph.next(part);) use(part);
    }
  }

  void read(const Field &field) {
    if (field.number == kGraphInitializer) {
      Constant constant{.bytes = field.bytes};
      Reader reader(field.bytes);
      for (Field part; reader.next(part);) {
        if (part.number == kType) constant.type = part.integer();
        if (part.number == kExternal) constant.is_here = false;
      }
      constants_.insert_or_assign(name_in(field.bytes, kName), constant);
    } else if (field.number == kGraphInput || field.number == kGraphValue) {
      elements_.insert_or_assign(name_in(field.bytes, kValueName), element_of_value(field.bytes));
    } else if (field.number == kGraphNode) {
      if (const Node node(field.bytes); node.type == "DynamicQuantizeLinear")
        for (const std::string_view output : node.outputs) always_unsigned_.insert(output);
    }
  }

  // Of inputs of an operator; 0: nothing tells.
  int64_t input_element(const Node &node) const {
    for (const std::string_view name : {node.input(kInputZero), node.input(0)}) {
      if (const auto constant = constants_.find(name); constant != constants_.end()) return constant->second.type;
      if (always_unsigned_.contains(name)) return kUint8;
      if (const auto element = elements_.find(name); element != elements_.end()) return element->second;
    }
    return 0;
  }

  const Constant *signed_constant(std::string_view name) const {
    const auto found = constants_.find(name);
    return found != constants_.end() && found->second.type == kInt8 && found->second.is_here ? &found->second : nullptr;
  }

  // "" where it stays.
  std::string changed_node(Bytes bytes) {
    const Node node(bytes);
    const Places *places = node.places();
    if (places == nullptr) return "";
    const int64_t element = input_element(node);
    has_signed_inputs_ = has_signed_inputs_ || element == kInt8;
    const Constant *weights = signed_constant(node.input(places->weights));
    const Constant *zero = signed_constant(node.input(places->zero));
    if (element != kUint8 || weights == nullptr || (zero == nullptr && !node.input(places->zero).empty())) return "";
    std::vector<std::string> inputs(node.inputs.begin(), node.inputs.end());
    inputs.resize(std::max(inputs.size(), places->zero + 1));  // what was left out at the end
    inputs[places->weights] = add(node.input(places->weights), weights->bytes);
    inputs[places->zero] = zero != nullptr ? add(node.input(places->zero), zero->bytes) : add_zero();
    return with_inputs(bytes, inputs);
  }

  static std::string with_inputs(Bytes node, const std::vector<std::string> &inputs) {
    std::string written;
    for (const std::string &input : inputs) append_bytes(written, kNodeInput, input);
    Reader reader(node);
    for (Field field; reader.next(field);)
      if (field.number != kNodeInput) written += protobuf::text_of(field.whole);
    return written;
  }

  std::string add(std::string_view name, Bytes tensor) {
    std::string added = std::string(name) + suffix_;
    if (added_.insert(added).second) append_bytes(constants_added_, kGraphInitializer, unsigned_tensor(tensor, added));
    return added;
  }

  // The zero point of weights that had none.
  std::string add_zero() {
    if (added_.insert(suffix_).second) {
      std::string tensor;
      append_integer(tensor, kType, kUint8);
      append_bytes(tensor, kName, suffix_);
      append_bytes(tensor, kRaw, std::string_view(&kOffset, 1));
      append_bytes(constants_added_, kGraphInitializer, tensor);
    }
    return suffix_;
  }

  const Bytes model_;
  std::string suffix_ = "__unsigned";
  std::map<std::string_view, Constant> constants_;
  std::map<std::string_view, int64_t> elements_;
  std::set<std::string_view> always_unsigned_;
  std::set<std::string> added_;
  std::string constants_added_;
  bool has_signed_inputs_ = false;
};

}  // namespace

ExactSums exact_sums(Bytes model) {
  return Rewriting(model).write();
}

}  // namespace air::ort
