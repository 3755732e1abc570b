// SPDX-License-Identifier: BSD-3-Clause
// The facts of this backend: ONNX models, run by the ONNX Runtime found on this machine.
#include "onnxruntime/model.h"

namespace air::ort {
namespace {

constexpr const char *kSchemes[] = {"onnx", nullptr};
constexpr const char *kPatterns[] = {"*.onnx", nullptr};

}  // namespace

constexpr backend::Facts Model::facts = {
    .name = "onnxruntime",
    .version = AIR_VERSION_TEXT,
    .description = "ONNX models, run by ONNX Runtime",
    .schemes = kSchemes,
    .patterns = kPatterns,
    .options = kOnnxOptions,
};

}  // namespace air::ort

AIR_BACKEND(air::ort::Model)
