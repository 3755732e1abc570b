// SPDX-License-Identifier: BSD-3-Clause
// Options of descriptors, checked against those that a plugin declares.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "core/plugins/plugin.h"

namespace air {

using KeyValues = std::vector<std::pair<std::string, std::string>>;

// What is given, each key once, with the defaults of options that are not. Throws AIR_ERROR_INVALID_DESCRIPTOR for a key that the plugin does
// not have, naming the nearest and all there are, and for a value that does not fit.
KeyValues complete_options(const Plugin &plugin, const KeyValues &given);

// Those of complete options that are not at their default: what a canonical descriptor needs.
KeyValues telling_options(const Plugin &plugin, const KeyValues &complete);

}  // namespace air
