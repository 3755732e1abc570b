// SPDX-License-Identifier: BSD-3-Clause
// Where temporary files go, and what to tell the user when none can be made there.
#include <windows.h>

#include <array>
#include <cerrno>
#include <new>
#include <random>

#include "common/error.h"
#include "common/path_text.h"
#include "platform/files/folder.h"
#include "platform/files/long_path_windows.h"
#include "platform/files/temporary.h"
#include "platform/processes/environment.h"
#include "platform/wide_text_windows.h"

namespace air {
namespace fs = std::filesystem;
namespace {

// Who may use it is inherited from the parent, which is the user's own.
fs::path make_folder(const fs::path &parent, std::string_view purpose) {
  std::random_device random;
  for (;;) {
    const fs::path folder = parent / fmt::format("airunner-{:08x}", random());
    if (CreateDirectoryW(long_path(folder).c_str(), nullptr) != 0) return folder;
    const DWORD code = GetLastError();
    if (code != ERROR_ALREADY_EXISTS) fail_temporary(purpose, parent, errno_of(code));
  }
}

}  // namespace

fs::path temporary_folder() {
  if (const char *wanted = trusted_environment("TMPDIR"); wanted != nullptr) return path_of(wanted);
  std::array<wchar_t, MAX_PATH + 1> path{};
  GetTempPathW(static_cast<DWORD>(path.size()), path.data());
  return path.data();
}

void fail_temporary(std::string_view purpose, const fs::path &folder, int code) {
  if (code == ENOMEM) throw std::bad_alloc();
  const bool denied = code == EACCES || code == EPERM || code == EROFS;
  throw Error(denied ? AIR_ERROR_PERMISSION : AIR_ERROR_IO,
              fmt::format("{} needs a temporary file, and none can be written in '{}': {}; make room there, or name "
                          "another folder in TMPDIR",
                          purpose, text_of(folder), std::generic_category().message(code)),
              code);
}

TemporaryFolder::TemporaryFolder(std::string_view purpose) : path_(text_of(make_folder(temporary_folder(), purpose))) {}

TemporaryFolder::~TemporaryFolder() {
  try {
    for (const fs::path &file : folder_entries(path_of(path_))) DeleteFileW(long_path(file).c_str());
    RemoveDirectoryW(long_path(path_of(path_)).c_str());
  } catch (const std::bad_alloc &) {
    // it stays
  }
}

}  // namespace air
