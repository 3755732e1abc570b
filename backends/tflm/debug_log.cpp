// SPDX-License-Identifier: BSD-3-Clause
// Where TensorFlow Lite Micro says its last word, and would then wait for ever.
#include <tensorflow/lite/micro/debug_log.h>

#include "common/error.h"

extern "C" void DebugLog(const char *) {
  air::fail(AIR_ERROR_UNSUPPORTED,
            "a check within TensorFlow Lite Micro has failed: shapes or types of the model do not fit one of its "
            "operators; run the model by LiteRT (tflite:), which may say which");
}
