// SPDX-License-Identifier: BSD-3-Clause
#include "platform/libraries/foreign_memory.h"

#include <cstdlib>

namespace air {

void free_given(void *memory) noexcept {
  std::free(memory);
}

}  // namespace air
