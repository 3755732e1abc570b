// SPDX-License-Identifier: BSD-3-Clause
// The exception of the library and of its backends. It never crosses an ABI: there it becomes a status and an error record.
#pragma once

#include <fmt/format.h>

#include <utility>

#include "airunner_backend.hpp"

namespace air {

using backend::Error;

template <class... Args>
[[noreturn]] void fail(air_status status, fmt::format_string<Args...> format, Args &&...args) {
  throw Error(status, fmt::format(format, std::forward<Args>(args)...));
}

}  // namespace air
