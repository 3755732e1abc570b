// SPDX-License-Identifier: BSD-3-Clause
// Option weights: which constants of a graph are weights.
#pragma once

#include <span>
#include <string>

#include "litert/file.h"
#include "litert/options.h"
#include "plugin/log.h"

namespace air::litert {

// Rounds the float32 weights of the main graph in the bytes of the file, which is called `name`, as the option says. Throws what reading the
// file does, and UNSUPPORTED where there is nothing to round.
Bytes round_weights(std::span<std::byte> bytes, const std::string &name, const runtime::CommonOptions &options,
                    const HostLog &log);

}  // namespace air::litert
