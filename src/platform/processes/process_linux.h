// SPDX-License-Identifier: BSD-3-Clause
// What the files for processes on Linux have in common.
#pragma once

#include <utility>

#include "platform/files/file_handle.h"
#include "platform/processes/process.h"

namespace air {

[[noreturn]] void fail_process(const char *step);  // throws what errno says

// Its ends for reading and writing.
std::pair<FileHandle, FileHandle> make_pipe(int flags);

// Of what waitpid() says.
ProcessEnd end_of(int status);

}  // namespace air
