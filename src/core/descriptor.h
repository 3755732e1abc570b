// SPDX-License-Identifier: BSD-3-Clause
// Takes a descriptor apart: [scheme:]rest[?key=value[&key=value...]].
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace air {

struct Descriptor {
  std::string scheme;  // lower case; empty when the text has none
  std::string rest;    // the part after the scheme, decoded
  std::string bare;    // the whole text without options: what it is if its "scheme" is none
  std::vector<std::pair<std::string, std::string>> options;  // each key once
};

// Throws AIR_ERROR_INVALID_DESCRIPTOR for malformed options.
Descriptor parse_descriptor(std::string_view descriptor);

}  // namespace air
