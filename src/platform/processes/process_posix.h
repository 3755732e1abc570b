// SPDX-License-Identifier: BSD-3-Clause
// What the files for processes have in common, and below what each POSIX system has for them.
#pragma once

#include <string>
#include <utility>

#include "platform/files/file_handle.h"
#include "platform/processes/process.h"

namespace air {

[[noreturn]] void fail_process(const char *step);  // throws what errno says

// Of what waitpid() says.
ProcessEnd end_of(int status);

// Its ends for reading and writing, which programs that are started do not have open.
std::pair<FileHandle, FileHandle> make_pipe(bool blocks);

// What to start to have this program once more.
std::string own_program();

// A child, and the program that takes its place, get this signal when the parent ends. macOS has nothing for that: they live on where the parent was
// killed.
void end_with_parent(int signal) noexcept;

}  // namespace air
