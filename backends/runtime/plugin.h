// SPDX-License-Identifier: BSD-3-Clause
// The facts of a plugin whose models are files that a runtime runs.
#pragma once

#include "airunner_backend.hpp"

namespace air::runtime {

// What differs from one to another.
struct Kind {
  const char *name;
  const char *description;
  const char *schemes[2];  // the one, and NULL
  const char *patterns[2];
};

constexpr backend::Facts facts_of(const Kind &kind, std::span<const air_backend_option> options) {
  return {.name = kind.name,
          .version = AIR_VERSION_TEXT,
          .description = kind.description,
          .schemes = kind.schemes,
          .patterns = kind.patterns,
          .options = options};
}

}  // namespace air::runtime
