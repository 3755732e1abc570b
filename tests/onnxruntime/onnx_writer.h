// SPDX-License-Identifier: BSD-3-Clause
// Writes small ONNX models for tests.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "onnxruntime/protobuf.h"

namespace air::ort::test {

inline std::string field(uint32_t number, std::string_view content) {
  std::string out;
  protobuf::append_bytes(out, number, content);
  return out;
}

inline std::string number(uint32_t field, int64_t value) {
  std::string out;
  protobuf::append_integer(out, field, value);
  return out;
}

// A dimension below 0 is dynamic; "N" for the first of them, "M" for the others.
inline std::string value(const std::string &name, int64_t type, const std::vector<int64_t> &shape) {
  std::string dimensions;
  bool first = true;
  for (const int64_t size : shape) {
    dimensions += field(1, size >= 0 ? number(1, size) : field(2, first ? "N" : "M"));
    if (size < 0) first = false;
  }
  return field(1, name) + field(2, field(1, number(1, type) + field(2, dimensions)));
}

inline std::string node(const std::string &type, const std::vector<std::string> &inputs,
                        const std::vector<std::string> &outputs, const std::string &name = "") {
  std::string out;
  for (const std::string &input : inputs) out += field(1, input);
  for (const std::string &output : outputs) out += field(2, output);
  return out + (name.empty() ? "" : field(3, name)) + field(4, type);
}

// To add to a node.
inline std::string graph_attribute(const std::string &name, const std::string &graph) {
  constexpr int64_t kGraphType = 5;
  return field(5, field(1, name) + field(6, graph) + number(20, kGraphType));
}

inline std::string integer_attribute(const std::string &name, int64_t value) {
  constexpr int64_t kIntegerType = 2;
  return field(5, field(1, name) + number(3, value) + number(20, kIntegerType));
}

// An initializer.
template <class T>
std::string constant(const std::string &name, int64_t type, const std::vector<int64_t> &shape,
                     const std::vector<T> &values) {
  std::string out;
  for (const int64_t size : shape) out += number(1, size);
  return out + number(2, type) + field(8, name) +
         field(9, {reinterpret_cast<const char *>(values.data()), values.size() * sizeof(T)});
}

struct Graph {
  std::vector<std::string> nodes;
  std::vector<std::string> inputs;
  std::vector<std::string> outputs;
  std::vector<std::string> constants = {};

  std::string graph() const {
    std::string graph;
    for (const std::string &node : nodes) graph += field(1, node);
    graph += field(2, "test");
    for (const std::string &constant : constants) graph += field(5, constant);
    for (const std::string &input : inputs) graph += field(11, input);
    for (const std::string &output : outputs) graph += field(12, output);
    return graph;
  }

  std::string model(int64_t opset = 13) const {
    return number(1, 8) + field(2, "tests") + field(3, "1.2.3") + field(7, graph()) +
           field(8, field(1, "") + number(2, opset));
  }
};

inline constexpr int64_t kFloat = 1, kUint8 = 2, kInt8 = 3, kInt64 = 7, kString = 8, kBool = 9, kBfloat16 = 16,
                         kFloat8E4M3 = 17, kFloat8E5M2 = 19, kUint4 = 21, kInt4 = 22;

}  // namespace air::ort::test
