// SPDX-License-Identifier: BSD-3-Clause
// Part of a file as memory, read where it is touched.
#pragma once

#include <memory>
#include <span>

#include "platform/files/file_reader.h"

namespace air {

// `size` bytes from the reader's position; null where the file cannot be mapped. A file that becomes shorter while it is mapped ends
// the program with a word and this exit code; Windows keeps it from that, and the same happens where its drive is lost.
std::shared_ptr<const unsigned char> map_rest(const FileReader &file, size_t size, int exit_code);

// A copy in a file of its own among the temporary ones, which nobody else sees and which ends with it, so that it need not stay in memory. Null where there is
// no room for it, and where temporary files are in memory themselves. `exit_code` as above.
std::shared_ptr<const unsigned char> copy_to_file(std::span<const unsigned char> memory, int exit_code);

// Memory that is not needed soon: what was mapped by these functions need not stay in it. Values stay as they are.
void forget(std::span<const unsigned char> memory);

}  // namespace air
