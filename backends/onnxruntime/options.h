// SPDX-License-Identifier: BSD-3-Clause
// The options of an ONNX model's connection.
#pragma once

#include <string>

#include "abi.h"
#include "runtime/options.h"

namespace air::ort {

struct Options {
  runtime::CommonOptions common;
  int optimization = abi::kAllOptimization;
  std::string provider;                 // execution provider beside the CPU's; "" for none
  runtime::KeyValues provider_options;  // provider.<key>=<value>
  runtime::KeyValues config;            // config.<key>=<value>, the runtime's session settings
};

// Throws INVALID_DESCRIPTOR for unknown keys and values.
Options read_onnx_options(const air_connect_request &request);

}  // namespace air::ort
