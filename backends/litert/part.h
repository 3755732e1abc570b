// SPDX-License-Identifier: BSD-3-Clause
// Option only: a model of some operators of another.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "litert/file.h"

namespace air::litert {

// The file of a model of the operators that `wanted` names, as option only has it. What other operators compute for them are its inputs, what
// leaves them its outputs; all keep their quantization. Throws INVALID_DESCRIPTOR for what is no operator, UNSUPPORTED for one that cannot
// be moved to another file.
std::vector<std::byte> part_of_model(const ModelFile &file, std::string_view wanted);

}  // namespace air::litert
