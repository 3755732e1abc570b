// SPDX-License-Identifier: BSD-3-Clause
// The graphs within the nodes of a graph.
#include "onnxruntime/bodies.h"

#include <vector>

namespace air::ort {
namespace {

class ReadByBodies {
 public:
  explicit ReadByBodies(protobuf::Bytes node) {
    add_node(node, false);
    // Bodies may lie in bodies, as deep as a file likes.
    while (!bodies_.empty()) {
      const protobuf::Bytes body = bodies_.back();
      bodies_.pop_back();
      protobuf::Reader parts(body);
      for (protobuf::Field part; parts.next(part);) {
        if (part.number == onnx_field::kGraphNode) add_node(part.bytes, true);
        // What a body gives may be a value of the graph around it.
        if (part.number == onnx_field::kGraphOutput) add_output(part.bytes);
      }
    }
  }

  std::set<std::string_view> names;

 private:
  void add_node(protobuf::Bytes node, bool in_body) {
    protobuf::Reader parts(node);
    for (protobuf::Field part; parts.next(part);) {
      if (part.number == onnx_field::kNodeInput && in_body) names.insert(part.text());
      if (part.number == onnx_field::kNodeAttribute) add_attribute(part.bytes);
    }
  }
  void add_output(protobuf::Bytes value) {
    protobuf::Reader parts(value);
    for (protobuf::Field part; parts.next(part);) {
      if (part.number == onnx_field::kValueName) names.insert(part.text());
    }
  }
  void add_attribute(protobuf::Bytes attribute) {
    protobuf::Reader parts(attribute);
    for (protobuf::Field part; parts.next(part);) {
      if (part.number == onnx_field::kAttributeGraph || part.number == onnx_field::kAttributeGraphs)
        bodies_.push_back(part.bytes);
    }
  }

  std::vector<protobuf::Bytes> bodies_;
};

}  // namespace

std::set<std::string_view> read_by_bodies(protobuf::Bytes node) {
  return ReadByBodies(node).names;
}

}  // namespace air::ort
