// SPDX-License-Identifier: BSD-3-Clause
// Properties of a model that are more than a text.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "common/numbers.h"
#include "common/tensor_facts.h"

namespace air::report {

template <class T>
std::optional<T> number_property(const air_model &model, const char *key) {
  return number_in<T>(property(model, key));
}

// "10.2.0"; all zero when not known.
std::array<uint32_t, 3> version_property(const air_model &model, const char *key);

}  // namespace air::report
