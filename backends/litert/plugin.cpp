// SPDX-License-Identifier: BSD-3-Clause
// The facts of this backend: LiteRT models, run by the LiteRT found on this machine.
#include "litert/model.h"

namespace air::litert {
namespace {

constexpr const char *kSchemes[] = {"tflite", nullptr};
constexpr const char *kPatterns[] = {"*.tflite", nullptr};

}  // namespace

constexpr backend::Facts Model::facts = {
    .name = "litert",
    .version = AIR_VERSION_TEXT,
    .description = "LiteRT (TensorFlow Lite) models, run by LiteRT",
    .schemes = kSchemes,
    .patterns = kPatterns,
    .options = kLiteRtOptions,
};

}  // namespace air::litert

AIR_BACKEND(air::litert::Model)
