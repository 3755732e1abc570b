// SPDX-License-Identifier: BSD-3-Clause
// What a .tflite file says, by the names that it has in the room for such files.
#pragma once

#include "tflite_file/model_file.h"

namespace air::litert {

using namespace tflite_file;

}  // namespace air::litert
