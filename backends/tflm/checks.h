// SPDX-License-Identifier: BSD-3-Clause
// What TensorFlow Lite Micro takes for granted of a model.
#pragma once

#include <string>

#include "tflite_file/model_file.h"
#include "tflm/micro/network.h"

namespace air::tflm {

// All tensors of a model together; more than any board has.
constexpr uint64_t kMostBytes = uint64_t{1} << 30;

// Throws UNSUPPORTED for what it cannot run, with the operator or tensor, and INVALID_MODEL for what would have it read beyond the file.
void check_model(const tflite_file::ModelFile &file, const std::string &path, const Ops &ops);

// What this revision computes in another way than the network says, or "".
std::string note_of(const tflite_file::ModelFile &file);

}  // namespace air::tflm
