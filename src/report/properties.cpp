// SPDX-License-Identifier: BSD-3-Clause
// Properties of a model that are more than a text.
#include "report/properties.h"

#include <algorithm>

namespace air::report {

std::array<uint32_t, 3> version_property(const air_model &model, const char *key) {
  std::array<uint32_t, 3> version{};
  std::string_view rest = property(model, key);
  for (uint32_t &part : version) {
    const std::string_view digits = rest.substr(0, rest.find('.'));
    part = number_in<uint32_t>(digits).value_or(0);
    rest.remove_prefix(std::min(digits.size() + 1, rest.size()));
  }
  return version;
}

}  // namespace air::report
