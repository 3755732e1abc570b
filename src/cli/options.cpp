// SPDX-License-Identifier: BSD-3-Clause
// The words of the options --mode and --io.
#include "cli/options.h"

namespace air::cli {
namespace {

uint32_t combined(const std::vector<std::string> &names, const Words &values) {
  uint32_t bits = 0;
  for (const std::string &name : names) bits |= values.at(name);
  return bits;
}

}  // namespace

const Words kModeWords = {{"io-only", AIR_MODE_IO_ONLY},
                          {"per-layer", AIR_MODE_PER_LAYER},
                          {"per-layer-with-data", AIR_MODE_PER_LAYER_WITH_DATA},
                          {"fixed-input", AIR_MODE_FIXED_INPUT},
                          {"perf-only", AIR_MODE_PERF_ONLY},
                          {"debug", AIR_MODE_DEBUG}};

const Words kIoModeWords = {{"quantize", AIR_IO_QUANTIZE}, {"dequantize", AIR_IO_DEQUANTIZE}};

uint32_t Options::io_mode() const {
  return combined(io_modes, kIoModeWords);
}

air_invoke_options Options::invoke_options(uint32_t default_mode) const {
  return {.struct_size = sizeof(air_invoke_options),
          .mode = modes.empty() ? default_mode : combined(modes, kModeWords),
          .io_mode = io_mode(),
          .timeout_ms = timeout_ms(),
          .token = token};
}

}  // namespace air::cli
