// SPDX-License-Identifier: BSD-3-Clause
// What the system calls an open file, closed with its holder.
#include "platform/files/file_handle.h"
#include "platform/files/system_handle_windows.h"

namespace air {

FileHandle::~FileHandle() {
  if (!is_open()) return;
  const HANDLE handle = handle_of(number_);
  // Sockets pass for pipes, and have to be closed by who made them.
  if (GetFileType(handle) == FILE_TYPE_PIPE && closesocket(socket_of(number_)) == 0) return;
  CloseHandle(handle);
}

}  // namespace air
