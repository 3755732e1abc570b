// SPDX-License-Identifier: BSD-3-Clause
// What each system has for peek.h. False where an address is bad.
#pragma once

#include <cstddef>

namespace air {

bool copy_from(void *to, const void *from, size_t size) noexcept;
bool copy_to(void *to, const void *from, size_t size) noexcept;

}  // namespace air
