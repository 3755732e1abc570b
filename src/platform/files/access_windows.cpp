// SPDX-License-Identifier: BSD-3-Clause
// Who may change a file or folder, as its access list tells.
#include "platform/files/access_windows.h"

#include <accctrl.h>
#include <aclapi.h>

#include <array>
#include <memory>

namespace air {
namespace {

struct FreeLocal {
  void operator()(void *memory) const noexcept { LocalFree(memory); }
};

// What Everyone is allowed. Entries for the users of this machine do not count: Windows makes folders of drives with them.
ACCESS_MASK rights_of_everyone(PACL list) noexcept {
  if (list == nullptr) return FILE_ALL_ACCESS;  // no list: no limits
  ACCESS_MASK rights = 0;
  for (DWORD i = 0; i < list->AceCount; ++i) {
    void *entry = nullptr;
    if (GetAce(list, i, &entry) == 0) continue;
    auto *allowed = static_cast<ACCESS_ALLOWED_ACE *>(entry);
    const bool counts =
        allowed->Header.AceType == ACCESS_ALLOWED_ACE_TYPE && (allowed->Header.AceFlags & INHERIT_ONLY_ACE) == 0;
    if (counts && IsWellKnownSid(&allowed->SidStart, WinWorldSid) != 0) rights |= allowed->Mask;
  }
  if ((rights & GENERIC_ALL) != 0) rights |= FILE_ALL_ACCESS;
  if ((rights & GENERIC_WRITE) != 0) rights |= FILE_GENERIC_WRITE;
  return rights;
}

// This user's, also where the thread acts for somebody else.
bool is_own(PSID owner) noexcept {
  HANDLE token = nullptr;
  if (OpenProcessToken(GetCurrentProcess(), TOKEN_QUERY, &token) == 0) return false;
  alignas(TOKEN_USER) std::array<char, sizeof(TOKEN_USER) + SECURITY_MAX_SID_SIZE> user;
  DWORD size = 0;
  const bool told = GetTokenInformation(token, TokenUser, user.data(), static_cast<DWORD>(user.size()), &size) != 0;
  CloseHandle(token);
  return told && EqualSid(owner, reinterpret_cast<TOKEN_USER *>(user.data())->User.Sid) != 0;
}

}  // namespace

Access access_of(HANDLE file) noexcept {
  PSID owner = nullptr;
  PACL list = nullptr;
  PSECURITY_DESCRIPTOR memory = nullptr;
  if (GetSecurityInfo(file, SE_FILE_OBJECT, OWNER_SECURITY_INFORMATION | DACL_SECURITY_INFORMATION, &owner, nullptr,
                      &list, nullptr, &memory) != ERROR_SUCCESS)
    return {};
  const std::unique_ptr<void, FreeLocal> freed(memory);
  const ACCESS_MASK rights = rights_of_everyone(list);
  return {.all_may_write = (rights & FILE_WRITE_DATA) != 0,  // the bit that is FILE_ADD_FILE of a folder
          .all_may_replace = (rights & FILE_DELETE_CHILD) != 0,
          .owner_is_trusted = owner != nullptr && (IsWellKnownSid(owner, WinBuiltinAdministratorsSid) != 0 ||
                                                   IsWellKnownSid(owner, WinLocalSystemSid) != 0 || is_own(owner))};
}

}  // namespace air
