// SPDX-License-Identifier: BSD-3-Clause
// Who may change a file or folder, as its access list tells.
#pragma once

#include <windows.h>

namespace air {

struct Access {
  bool all_may_write = false;
  bool all_may_replace = false;  // of a folder: files in it that are not theirs
  bool owner_is_trusted = false;
};

// Of what was opened with READ_CONTROL. Nobody, and an owner who is not trusted, where the system does not tell.
Access access_of(HANDLE file) noexcept;

}  // namespace air
