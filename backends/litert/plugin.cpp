// SPDX-License-Identifier: BSD-3-Clause
// LiteRT models, run by the LiteRT found on this machine.
#include "runtime/plugin.h"

#include "litert/model.h"

namespace air::litert {

static constexpr runtime::Kind kKind{
    "litert", "LiteRT (TensorFlow Lite) models, run by LiteRT", {"tflite"}, {"*.tflite"}};

constexpr backend::Facts Model::facts = runtime::facts_of(kKind, kLiteRtOptions);

}  // namespace air::litert

AIR_BACKEND(air::litert::Model)
