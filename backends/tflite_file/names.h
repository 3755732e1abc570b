// SPDX-License-Identifier: BSD-3-Clause
// What tensors and operators of a .tflite file are called.
#pragma once

#include <cstdint>
#include <string>

#include "tflite_file/model_file.h"

namespace air::tflite_file {

// What an operator is called: by what it computes first, as operators have no names.
std::string name_of_operator(const ModelFile &file, size_t index);
// Its own name, or one made of its number.
std::string name_of_tensor(const ModelFile &file, int32_t index);
// "CONV_2D", or the name of a custom one.
std::string type_of_operator(const FileOperator &op);

}  // namespace air::tflite_file
