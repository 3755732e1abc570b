// SPDX-License-Identifier: BSD-3-Clause
// Options that both backends for runtimes have, and the tools to read and write options.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "airunner_backend.h"
#include "shapes.h"

namespace air::runtime {

using KeyValues = std::vector<std::pair<std::string, std::string>>;

struct CommonOptions {
  std::string runtime;   // library file or folder; "" to search
  std::string name;      // model wanted; "" for the one there is
  WantedShapes shapes;   // of inputs, and of outputs that depend on data
  uint32_t threads = 0;  // 0: as the runtime does
  KeyValues given;       // all options as they came, for the canonical descriptor
};

// Reads what is common; the rest goes to `own`, which returns false for a key it does not know. `known` lists those keys for the message.
CommonOptions read_options(const air_connect_request &request, std::string_view known,
                           const std::function<bool(std::string_view, std::string_view)> &own);

// One of `choices`, by position; throws INVALID_DESCRIPTOR that lists them.
uint32_t read_choice(std::string_view key, std::string_view value, const std::vector<std::string_view> &choices);

// "onnx:/path/to%3Fmodel.onnx?threads=2"
std::string canonical_descriptor(std::string_view scheme, const std::string &path, const KeyValues &options);

}  // namespace air::runtime
