// SPDX-License-Identifier: BSD-3-Clause
// Memory that a library of others got by malloc() and gives away.
#pragma once

namespace air {

// On Windows by the free() of the universal C runtime, which makers' libraries use; it is another one than this code's.
void free_given(void *memory) noexcept;

}  // namespace air
