// SPDX-License-Identifier: BSD-3-Clause
// LiteRT models, run by the LiteRT found on this machine.
#include "runtime/plugin.h"

#include "model.h"

namespace air::litert {

static constexpr runtime::Kind kLiteRt{
    "litert", "LiteRT (TensorFlow Lite) models, run by LiteRT", {"tflite"}, {"*.tflite"}};

constexpr backend::Facts Model::facts = runtime::facts_of(kLiteRt, kLiteRtOptions);

}  // namespace air::litert

AIR_BACKEND(air::litert::Model)
