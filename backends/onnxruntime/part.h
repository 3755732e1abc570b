// SPDX-License-Identifier: BSD-3-Clause
// Option only: a model of some nodes of another.
#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <vector>

#include "onnxruntime/options.h"
#include "plugin/log.h"

namespace air::ort {

// The file of a model of the nodes that option only names. What other nodes compute for them are its inputs, what leaves them its outputs, with
// types and shapes that the runtime tells when the whole is loaded, with the shapes of option shape. Throws INVALID_DESCRIPTOR for what is
// no node, UNSUPPORTED for an input that is no tensor or has a shape of its own in each sample, and what loading does.
std::vector<std::byte> part_of_model(std::span<const std::byte> bytes, const std::filesystem::path &path,
                                     const Options &options, const HostLog &log);

}  // namespace air::ort
