// SPDX-License-Identifier: BSD-3-Clause
// The runtimes that there are backends for.
#pragma once

#include "runtime/library.h"

namespace air::runtime {

inline const LibraryNames kOnnxRuntime = {
    .runtime = "ONNX Runtime",
    .environment = "AIRUNNER_ONNXRUNTIME",
    .package = "onnxruntime/capi",
    .file = "libonnxruntime.so",
    .system = {"libonnxruntime.so.1", "libonnxruntime.so"},
    .how_to_get =
        "install it with `pip install onnxruntime`, name its library in AIRUNNER_ONNXRUNTIME, or write it into the "
        "descriptor: model.onnx?runtime=<path>",
};

inline const LibraryNames kLiteRt = {
    .runtime = "LiteRT",
    .environment = "AIRUNNER_LITERT",
    .package = "ai_edge_litert",
    .file = "libLiteRt.so",
    .system = {"libLiteRt.so"},
    .how_to_get =
        "install it with `pip install ai-edge-litert`, name its library in AIRUNNER_LITERT, or write it into the "
        "descriptor: model.tflite?runtime=<path>",
};

}  // namespace air::runtime
