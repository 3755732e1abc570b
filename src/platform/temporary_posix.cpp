// SPDX-License-Identifier: BSD-3-Clause
// Where temporary files go, and what to tell the user when none can be made there.
#include "platform/temporary.h"

#include <cerrno>
#include <new>

#include "common/error.h"
#include "platform/environment.h"

namespace air {

std::filesystem::path temporary_folder() {
  const char *wanted = trusted_environment("TMPDIR");
  return wanted == nullptr ? "/tmp" : wanted;
}

void fail_temporary(std::string_view purpose, const std::filesystem::path &folder, int code) {
  if (code == ENOMEM) throw std::bad_alloc();
  const bool denied = code == EACCES || code == EPERM || code == EROFS;
  throw Error(denied ? AIR_ERROR_PERMISSION : AIR_ERROR_IO,
              fmt::format("{} needs a temporary file, and none can be written in '{}': {}; make room there, or name "
                          "another folder in TMPDIR",
                          purpose, folder.string(), std::generic_category().message(code)),
              code);
}

}  // namespace air
