// SPDX-License-Identifier: BSD-3-Clause
// The options of a LiteRT model's connection.
#pragma once

#include "abi.h"
#include "runtime/options.h"

namespace air::litert {

struct Options {
  runtime::CommonOptions common;
  int accelerators = abi::kAcceleratorCpu;
  uint32_t kernels = abi::kDelegateKernels;
  runtime::KeyValues cpu;  // cpu.<key>=<value>, the runtime's options of the CPU
};

// Throws INVALID_DESCRIPTOR for unknown keys and values.
Options read_litert_options(const air_connect_request &request);

}  // namespace air::litert
