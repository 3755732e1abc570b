// SPDX-License-Identifier: BSD-3-Clause
// The shapes of inputs: those of the file, with dynamic dimensions as the user says.
#pragma once

#include <vector>

#include "litert/file.h"

namespace air::litert {

// A dynamic first dimension that nobody gives is the batch and is 1. Throws INVALID_DESCRIPTOR where wanted shapes do not fit or another
// one is missing, and UNSUPPORTED for inputs and outputs of types that are not to be had.
std::vector<runtime::Shape> resolve_inputs(const ModelFile &file, const runtime::WantedShapes &wanted);

}  // namespace air::litert
