// SPDX-License-Identifier: BSD-3-Clause
// The multiply-accumulate operations of a graph.
#pragma once

#include <cstdint>
#include <vector>

#include "model_file.h"

namespace air::litert {

// `shapes` are those of all tensors. UINT64_MAX when an operator multiplies in a way that is not counted here.
uint64_t count_macc(const ModelFile &file, const std::vector<runtime::Shape> &shapes);

}  // namespace air::litert
