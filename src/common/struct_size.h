// SPDX-License-Identifier: BSD-3-Clause
// Reads the caller's structs, which may come from an older or newer header (rules at the top of airunner.h).
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstring>

#include "common/error.h"

namespace air {

// Size of a struct that ends with this member.
#define AIR_SIZE_UP_TO(type, member) (offsetof(type, member) + sizeof(type::member))

// Copy of *given, or of `defaults` for NULL. `oldest` is the size of the struct in the first release that had it.
template <class T>
T read_struct(const T *given, const T &defaults, const char *type_name, size_t oldest) {
  constexpr size_t kLargestPlausible = 4096;
  if (given == nullptr) return defaults;
  const size_t size = given->struct_size;
  if (size < oldest || size > kLargestPlausible) {
    fail(AIR_ERROR_INVALID_ARGUMENT, "{}.struct_size is {}, expected {}: set it to the size of the struct", type_name,
         size, sizeof(T));
  }
  const auto *bytes = reinterpret_cast<const unsigned char *>(given);
  if (size > sizeof(T) && std::any_of(bytes + sizeof(T), bytes + size, [](unsigned char byte) { return byte != 0; })) {
    fail(AIR_ERROR_INCOMPATIBLE,
         "{} of {} bytes uses members this library of version {} (with {} bytes) does not know: "
         "update libairunner",
         type_name, size, air_version(), sizeof(T));
  }
  T result{};
  std::memcpy(&result, given, std::min(size, sizeof(T)));
  return result;
}

}  // namespace air
