// SPDX-License-Identifier: BSD-3-Clause
// LiteRT models, run by the TensorFlow Lite Micro that is built in: the same as on a board.
#include "runtime/plugin.h"

#include "tflm/model.h"

namespace air::tflm {

static constexpr runtime::Kind kKind{
    "tflm", "LiteRT (TensorFlow Lite) models, run by TensorFlow Lite Micro as on a board", {"tflm"}, {}};

constexpr backend::Facts Model::facts = runtime::facts_of(kKind, kTflmOptions);

}  // namespace air::tflm

AIR_BACKEND(air::tflm::Model)
