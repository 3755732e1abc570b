// SPDX-License-Identifier: BSD-3-Clause
// Where temporary files go, and what to tell the user when none can be made there.
#include "platform/files/temporary.h"

#include <stdlib.h>
#include <unistd.h>

#include <cerrno>
#include <new>

#include "common/error.h"
#include "platform/files/folder.h"
#include "platform/processes/environment.h"

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

TemporaryFolder::TemporaryFolder(std::string_view purpose) : path_((temporary_folder() / "airunner-XXXXXX").string()) {
  if (mkdtemp(path_.data()) == nullptr) fail_temporary(purpose, temporary_folder(), errno);
}

TemporaryFolder::~TemporaryFolder() {
  try {
    for (const std::filesystem::path &file : folder_entries(path_)) unlink(file.c_str());
  } catch (const std::bad_alloc &) {
    return;  // it stays
  }
  rmdir(path_.c_str());
}

}  // namespace air
