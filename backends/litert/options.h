// SPDX-License-Identifier: BSD-3-Clause
// The options of a LiteRT model's connection.
#pragma once

#include <array>

#include "litert/abi.h"
#include "runtime/options.h"

namespace air::litert {

struct Options {
  runtime::CommonOptions common;
  int accelerators = abi::kAcceleratorCpu;
  uint32_t kernels = abi::kDelegateKernels;
  runtime::KeyValues cpu;  // cpu.<key>=<value>, the runtime's options of the CPU
};

// What there is to give.
extern const std::array<air_backend_option, 17> kLiteRtOptions;

// Throws INVALID_DESCRIPTOR.
Options read_litert_options(const backend::Request &request);

}  // namespace air::litert
