// SPDX-License-Identifier: BSD-3-Clause
// A library's bytes in a temporary file, as the loader wants them.
#include "platform/libraries/library_copy_posix.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <stdlib.h>
#include <unistd.h>

#include <cerrno>

#include "common/path_text.h"
#include "platform/files/file_handle.h"
#include "platform/files/temporary.h"
#include "platform/libraries/library_names.h"
#include "platform/streams/streams.h"

namespace air {

LibraryCopy::LibraryCopy(std::span<const std::byte> bytes, std::string_view purpose)
    : path_(text_of(temporary_folder() / fmt::format("airunner_XXXXXX{}", kLibraryEnding))) {
  const FileHandle output(mkostemps(path_.data(), static_cast<int>(kLibraryEnding.size()), O_CLOEXEC));
  if (output.is_open() && write_bytes(output.get(), bytes)) return;
  const int code = errno;
  if (output.is_open()) unlink(path_.c_str());
  fail_temporary(purpose, temporary_folder(), code);
}

LibraryCopy::~LibraryCopy() {
  unlink(path_.c_str());
}

bool write_bytes(int output, std::span<const std::byte> bytes) {
  errno = write_all(output, {reinterpret_cast<const char *>(bytes.data()), bytes.size()});
  return errno == 0;
}

}  // namespace air
