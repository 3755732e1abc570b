// SPDX-License-Identifier: BSD-3-Clause
// The options of a host library connection.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "airunner_backend.h"

namespace air::stlib {

enum class Flavour { kLegacy, kStAi };

struct Options {
  std::vector<std::string> weights_files;
  std::string c_name;  // "" for all
  std::optional<Flavour> flavour;
  bool copy = true;
  bool copy_given = false;
  uint32_t batch = 1;

  // Options in the form of a descriptor, "?name=kws&batch=8", or "".
  std::string to_query() const;
};

// Throws AIR_ERROR_INVALID_DESCRIPTOR for unknown keys and values.
Options read_options(const air_connect_request &request);

}  // namespace air::stlib
