// SPDX-License-Identifier: BSD-3-Clause
// What names of arrays say: frameworks, exporters and runtimes each write those of a model in their own way.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace air {

// Names that are read alike mean the same.
using Reading = std::string (*)(std::string_view);

std::string as_it_is(std::string_view name);
// Without what TensorFlow adds in front and behind; what is neither letter nor digit is "_", as exporters write it.
std::string sanitized(std::string_view name);
// The last part, sanitized.
std::string without_scope(std::string_view name);

constexpr std::array<Reading, 3> kReadings = {&as_it_is, &sanitized, &without_scope};  // the strictest first

// "input_1", "X", "m_outputs_2" of ST's tool: what an array is and, where it says so, which.
struct Role {
  bool is_input;
  std::optional<uint32_t> number;
};
std::optional<Role> role_of(std::string_view name);

// None, or that which numpy.savez() gives where there is none: "arr_0".
bool is_anonymous(std::string_view name);

}  // namespace air
