// SPDX-License-Identifier: BSD-3-Clause
// A model written anew in memory: with the dynamic dimensions of its inputs fixed, with more of its values as outputs, and with values that
// are given in place of those that nodes compute.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "onnxruntime/model_file.h"

namespace air::ort {

// Shapes of all inputs: those of the file, with dynamic dimensions from `wanted`; a dynamic first dimension is the batch and is 1.
// Throws INVALID_DESCRIPTOR, telling what to give, for what stays open and for what does not fit.
std::vector<runtime::Shape> resolve_inputs(const ModelFile &file, const runtime::WantedShapes &wanted);

// Whether the file's inputs have these shapes already.
bool has_input_shapes(const ModelFile &file, const std::vector<runtime::Shape> &shapes);

// Of an input, an output or another value that a graph tells of. Throws protobuf::Malformed.
std::string_view name_of_value(protobuf::Bytes value);

// Writes an input or output of a graph, as `field` says; -1: a dimension that is not told.
void append_value(std::string &graph, uint32_t field, const ValueInfo &value, const runtime::Shape &shape);

// Values that a run is given. Each becomes an input behind the model's own, so that everything that reads it, within bodies too, and
// an output of its name receive what is given; what its node computes is called otherwise.
struct Given {
  std::vector<ValueInfo> values;
  std::string suffix;  // behind the name of a value: what its node computes
};

// What stands nowhere in the file and so in no name.
std::string unused_suffix(const ModelFile &file);

// The model with these input shapes, or those of the file where there are none, and with `values` as outputs beside its own.
std::string rewrite(const ModelFile &file, const std::vector<runtime::Shape> &shapes,
                    const std::vector<std::string> &values, const Given &given = {});

// Values that nodes compute and that are no outputs yet, in the order of the nodes.
std::vector<std::string> inner_values(const ModelFile &file);

}  // namespace air::ort
