// SPDX-License-Identifier: BSD-3-Clause
// What a backend's author states about it where backends may rightly differ. Documented in docs/conformance.md.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>

namespace conformance {

struct Quirks {
  std::optional<uint32_t> models;    // number of models the descriptor reaches
  uint32_t capabilities = 0;         // AIR_CAP_... bits that must be there
  bool deterministic = true;         // equal inputs give equal outputs
  bool stateful = false;             // outputs depend on earlier samples
  double tolerance = 0.0;            // largest difference between outputs that count as equal, as real numbers
  bool parallel = true;              // two connections at once
  bool last_node_is_output = false;  // outputs that look like an output of the last node are equal to it
  std::optional<std::pair<double, double>> input_range;  // of random inputs; nothing: those of air_make_random_inputs()
};

// Reads a JSON file; an empty path gives the defaults. Throws std::runtime_error, naming what is wrong.
Quirks read_quirks(const std::string &path);

}  // namespace conformance
