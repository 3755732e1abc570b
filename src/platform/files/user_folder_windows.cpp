// SPDX-License-Identifier: BSD-3-Clause
// Folders that the system has for each user.
#include <windows.h>

#include "platform/files/user_folder.h"
// after windows.h
#include <shlobj.h>

#include <memory>

namespace air {
namespace {

struct FreeTask {
  void operator()(wchar_t *memory) const noexcept { CoTaskMemFree(memory); }
};

}  // namespace

std::filesystem::path user_data_folder() {
  wchar_t *told = nullptr;
  const HRESULT result = SHGetKnownFolderPath(FOLDERID_LocalAppData, KF_FLAG_DONT_VERIFY, nullptr, &told);
  const std::unique_ptr<wchar_t, FreeTask> path(told);
  return result == S_OK && path != nullptr ? std::filesystem::path(path.get()) : std::filesystem::path();
}

}  // namespace air
