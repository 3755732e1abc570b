// SPDX-License-Identifier: BSD-3-Clause
// The graph of a model field by field, and the graphs within its nodes: bodies of branches and loops.
#pragma once

#include <set>
#include <string_view>

#include "onnxruntime/model_file.h"
#include "onnxruntime/protobuf.h"

namespace air::ort {

// Calls `use` for each field of the main graph, which may come in several parts. Throws protobuf::Malformed.
template <class Use>
void each_graph_field(protobuf::Bytes model, Use use) {
  protobuf::Reader parts(model);
  for (protobuf::Field part; parts.next(part);) {
    if (part.number != onnx_field::kModelGraph) continue;
    protobuf::Reader graph(part.bytes);
    for (protobuf::Field field; graph.next(field);) use(field);
  }
}

// All names that the bodies of a node read: what they compute themselves, and what the graph around them has. Throws protobuf::Malformed.
std::set<std::string_view> read_by_bodies(protobuf::Bytes node);

}  // namespace air::ort
