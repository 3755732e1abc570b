// SPDX-License-Identifier: BSD-3-Clause
// Options of a `null:` descriptor.
#pragma once

#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "airunner_backend.h"

namespace air::null {

class OptionError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

struct Options {
  uint32_t models = 1;                  // number of models
  uint32_t delay_ms = 0;                // time that each sample takes
  std::optional<uint32_t> fail_at;      // node that fails
  std::optional<uint64_t> fail_sample;  // the only sample that fails
  bool stateful = false;                // output_2 accumulates over samples
  bool connect_fail = false;            // connecting fails

  // Throws OptionError for an unknown key or a value out of range.
  static Options parse(const air_option *options, uint32_t n_options);
  // "null:" with the options that are not at their default.
  std::string descriptor() const;
};

}  // namespace air::null
