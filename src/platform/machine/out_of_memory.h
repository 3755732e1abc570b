// SPDX-License-Identifier: BSD-3-Clause
// Lack of memory, where the standard library reports it as some other failure: it must not pass for "no such file".
#pragma once

#include <new>
#include <system_error>

namespace air {

inline void throw_if_no_memory(const std::error_code &error) {
  if (error == std::errc::not_enough_memory) throw std::bad_alloc();
}

}  // namespace air
