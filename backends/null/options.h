// SPDX-License-Identifier: BSD-3-Clause
// Options of a `null:` descriptor.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "airunner_backend.hpp"

namespace air::null {

inline constexpr const char *kModelsRange[] = {"1", "64", nullptr};
inline constexpr const char *kDelayRange[] = {"0", "60000", nullptr};
inline constexpr const char *kNodesRange[] = {"0", "3", nullptr};

inline constexpr air_backend_option option(const char *key, air_option_type type, const char *default_value,
                                           const char *const *choices, const char *text) {
  return {sizeof(air_backend_option), type, key, default_value, choices, text};
}

inline constexpr std::array kOptions = {
    option("models", AIR_OPTION_NUMBER, "1", kModelsRange, "number of models"),
    option("name", AIR_OPTION_TEXT, nullptr, nullptr, "the only model wanted"),
    option("delay_ms", AIR_OPTION_NUMBER, "0", kDelayRange, "time that each sample takes"),
    option("fail_at", AIR_OPTION_NUMBER, nullptr, kNodesRange, "node that fails"),
    option("fail_sample", AIR_OPTION_NUMBER, nullptr, nullptr, "the only sample that fails"),
    option("stateful", AIR_OPTION_FLAG, "0", nullptr, "output_2 accumulates over samples"),
    option("connect_fail", AIR_OPTION_FLAG, "0", nullptr, "connecting fails"),
};

struct Options {
  explicit Options(const backend::Request &request);

  // The c-names of the models wanted; throws AIR_ERROR_NOT_FOUND.
  std::vector<std::string> model_names() const;

  uint64_t models;
  uint64_t delay_ms;
  std::optional<uint64_t> fail_at;
  std::optional<uint64_t> fail_sample;
  bool stateful;
  bool connect_fail;
  std::string name;  // empty: all models
};

}  // namespace air::null
