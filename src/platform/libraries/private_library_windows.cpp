// SPDX-License-Identifier: BSD-3-Clause
// A shared library loaded from a copy that nobody else has: a temporary file, which lives as long as it is loaded.
#include <algorithm>
#include <new>
#include <random>

#include "common/error.h"
#include "common/path_text.h"
#include "platform/files/folder.h"
#include "platform/files/long_path_windows.h"
#include "platform/files/system_handle_windows.h"
#include "platform/files/temporary.h"
#include "platform/libraries/private_library.h"
#include "platform/libraries/shared_library_windows.h"
#include "platform/wide_text_windows.h"

namespace air {
namespace fs = std::filesystem;
namespace {

constexpr std::string_view kFront = "airunner-copy-", kEnd = ".dll";

// Windows does not remove what a process leaves that was killed. What is in use it does not let go.
void remove_leftovers(const fs::path &folder) {
  std::error_code ignored;
  for (const std::string &name : folder_names(folder, ignored)) {
    if (name.starts_with(kFront) && name.ends_with(kEnd)) DeleteFileW(long_path(folder / path_of(name)).c_str());
  }
}

// Gives 0, or the error.
DWORD write_bytes(HANDLE file, std::span<const std::byte> bytes) {
  constexpr size_t kMost = 1U << 30U;
  while (!bytes.empty()) {
    DWORD n = 0;
    const auto size = static_cast<DWORD>(std::min(bytes.size(), kMost));
    if (WriteFile(file, bytes.data(), size, &n, nullptr) == 0) return GetLastError();
    bytes = bytes.subspan(n);
  }
  return ERROR_SUCCESS;
}

FileHandle opened(const fs::path &path, DWORD rights, DWORD share, DWORD how) {
  return FileHandle(number_of(CreateFileW(path.c_str(), rights, share, nullptr, how, FILE_ATTRIBUTE_NORMAL, nullptr)));
}

// The copy, removed when its holder ends. Nobody else may remove it before it is loaded, then Windows sees to that.
class Copy {
 public:
  Copy(std::span<const std::byte> bytes, std::string_view purpose) : path_(new_name()) {
    const DWORD error = write(bytes);
    if (error == ERROR_SUCCESS) return;
    remove();
    fail_temporary(purpose, path_.parent_path(), errno_of(error));
  }
  ~Copy() { remove(); }
  Copy(const Copy &) = delete;
  Copy &operator=(const Copy &) = delete;

  const fs::path &path() const noexcept { return path_; }
  void is_loaded() noexcept { held_ = FileHandle(); }

 private:
  static fs::path new_name() {
    std::random_device random;
    return long_path(temporary_folder() / fmt::format("{}{:08x}{:08x}{}", kFront, random(), random(), kEnd));
  }

  // Gives 0, or the error. Held without a gap.
  DWORD write(std::span<const std::byte> bytes) {
    const FileHandle output = opened(path_, GENERIC_WRITE, FILE_SHARE_READ, CREATE_NEW);
    if (!output.is_open()) return GetLastError();
    held_ = opened(path_, GENERIC_READ, FILE_SHARE_READ | FILE_SHARE_WRITE, OPEN_EXISTING);
    return write_bytes(handle_of(output.get()), bytes);
  }

  void remove() noexcept {
    held_ = FileHandle();
    DeleteFileW(path_.c_str());
  }

  const fs::path path_;
  FileHandle held_;
};

}  // namespace

PrivateLibrary load_private_library(std::span<const std::byte> file, const fs::path &original, std::string_view purpose,
                                    std::string &reason) {
  remove_leftovers(temporary_folder());
  const auto copy = std::make_shared<Copy>(file, purpose);
  PrivateLibrary loaded{.copy = copy, .library = {}};
  loaded.library.reset(load_copy(copy->path(), original, reason));
  copy->is_loaded();
  return loaded;
}

}  // namespace air
