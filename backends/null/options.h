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
  OptionError(air_status status, const std::string &message) : std::runtime_error(message), status_(status) {}

  air_status status() const noexcept { return status_; }

 private:
  air_status status_;
};

struct Options {
  uint32_t models = 1;                  // number of models
  uint32_t delay_ms = 0;                // time that each sample takes
  std::optional<uint32_t> fail_at;      // node that fails
  std::optional<uint64_t> fail_sample;  // the only sample that fails
  bool stateful = false;                // output_2 accumulates over samples
  bool connect_fail = false;            // connecting fails
  std::string name;                     // the only model wanted; empty: all

  // Throws OptionError for an unknown key, a value out of range or a model that is not there.
  static Options parse(const air_connect_request &request);
  // The c-names of the models wanted.
  std::vector<std::string> model_names() const;
  // "null:" with the options that are not at their default.
  std::string descriptor() const;
};

}  // namespace air::null
