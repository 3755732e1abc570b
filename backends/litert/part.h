// SPDX-License-Identifier: BSD-3-Clause
// Option only: a model of some operators of another.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "litert/model_file.h"

namespace air::litert {

// What an operator is called: by what it computes first, as operators have no names.
std::string name_of_operator(const ModelFile &file, size_t index);
// Its own name, or one made of its number.
std::string name_of_tensor(const ModelFile &file, int32_t index);
// "CONV_2D", or the name of a custom one.
std::string type_of_operator(const FileOperator &op);

// The file of a model of the operators that `wanted` names, as option only has it. What other operators compute for them are its inputs, what
// leaves them its outputs; all keep their quantization. Throws INVALID_DESCRIPTOR for what is no operator, UNSUPPORTED for one that cannot
// be moved to another file.
std::vector<std::byte> part_of_model(const ModelFile &file, std::string_view wanted);

}  // namespace air::litert
