// SPDX-License-Identifier: BSD-3-Clause
// What the system calls an open file, closed with its holder.
#include "platform/files/file_handle.h"

#include <unistd.h>

namespace air {

FileHandle::~FileHandle() {
  if (is_open()) close(number_);
}

}  // namespace air
