// SPDX-License-Identifier: BSD-3-Clause
// What tensors and operators of a .tflite file are called.
#include "tflite_file/names.h"

#include <fmt/format.h>

#include "wire/tflm_operators.h"

namespace air::tflite_file {

std::string name_of_tensor(const ModelFile &file, int32_t index) {
  const std::string &name = file.tensor(index).name;
  return name.empty() ? fmt::format("tensor_{}", index) : name;
}

std::string type_of_operator(const FileOperator &op) {
  const char *known = wire::tflm_operator_name(static_cast<uint32_t>(op.code));
  return !op.name.empty() ? op.name : known != nullptr ? known : "unknown";
}

std::string name_of_operator(const ModelFile &file, size_t index) {
  const FileOperator &op = file.operators[index];
  const std::string output = op.outputs.empty() ? "" : file.tensor(op.outputs[0]).name;
  return output.empty() ? fmt::format("{}_{}", type_of_operator(op), index) : output;
}

}  // namespace air::tflite_file
