// SPDX-License-Identifier: BSD-3-Clause
// ONNX models, run by the ONNX Runtime found on this machine.
#include "runtime/plugin.h"

#include "onnxruntime/model.h"

namespace air::ort {

static constexpr runtime::Kind kOnnx{"onnxruntime", "ONNX models, run by ONNX Runtime", {"onnx"}, {"*.onnx"}};

constexpr backend::Facts Model::facts = runtime::facts_of(kOnnx, kOnnxOptions);

}  // namespace air::ort

AIR_BACKEND(air::ort::Model)
