// SPDX-License-Identifier: BSD-3-Clause
// The border of libairunner-report: texts are given out.
#pragma once

#include <cstring>
#include <new>
#include <string>

#include "common/boundary.h"

namespace air::report {

// For functions of libairunner: one that has failed has told why, and air_last_error() stays as it is.
inline void check(air_status status) {
  backend::throw_recorded(status);
}

// Copy of a text for the caller, to be released with air_free_text().
inline char *copy_text(const std::string &text) {
  char *copy = strdup(text.c_str());
  if (copy == nullptr) throw std::bad_alloc();
  return copy;
}

}  // namespace air::report
