// SPDX-License-Identifier: BSD-3-Clause
// The options of an ONNX model's connection.
#pragma once

#include <onnxruntime_c_api.h>

#include <array>
#include <string>

#include "runtime/options.h"

namespace air::ort {

struct Options {
  runtime::CommonOptions common;
  GraphOptimizationLevel optimization = ORT_ENABLE_ALL;
  std::string provider;                 // execution provider beside the CPU's; "" for none
  runtime::KeyValues provider_options;  // provider.<key>=<value>
  bool fold = false;                    // what nodes compute from constants alone
  runtime::KeyValues config;            // config.<key>=<value>, the runtime's session settings
};

// What there is to give.
extern const std::array<air_backend_option, 12> kOnnxOptions;

// Throws INVALID_DESCRIPTOR.
Options read_onnx_options(const backend::Request &request);

}  // namespace air::ort
