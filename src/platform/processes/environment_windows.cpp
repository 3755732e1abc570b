// SPDX-License-Identifier: BSD-3-Clause
// Variables of the environment. A program whose rights were raised by Windows' question to its user must not load code that its caller's
// environment names.
#include <windows.h>

#include "platform/processes/environment.h"
// After windows.h:
#include <tlhelp32.h>

#include <mutex>
#include <set>
#include <string>

#include "platform/files/file_handle.h"
#include "platform/files/system_handle_windows.h"
#include "platform/wide_text_windows.h"

namespace air {
namespace {

// Nothing else says that rights were raised: a token without a lesser one beside it is nobody's choice.
bool has_raised_token(HANDLE process) noexcept {
  HANDLE opened = nullptr;
  if (OpenProcessToken(process, TOKEN_QUERY, &opened) == 0) return false;
  const FileHandle token(number_of(opened));
  TOKEN_ELEVATION_TYPE type{};
  DWORD size = 0;
  const BOOL is_known = GetTokenInformation(opened, TokenElevationType, &type, sizeof(type), &size);
  return is_known != 0 && type == TokenElevationTypeFull;
}

DWORD caller_of_this_process() noexcept {
  const FileHandle all(number_of(CreateToolhelp32Snapshot(TH32CS_SNAPPROCESS, 0)));
  PROCESSENTRY32W entry{};
  entry.dwSize = sizeof(entry);
  for (BOOL is_there = Process32FirstW(handle_of(all.get()), &entry); is_there != 0;
       is_there = Process32NextW(handle_of(all.get()), &entry)) {
    if (entry.th32ProcessID == GetCurrentProcessId()) return entry.th32ParentProcessID;
  }
  return 0;
}

bool began_before_this(HANDLE process) noexcept {
  FILETIME its{}, own{}, unused{};
  return GetProcessTimes(process, &its, &unused, &unused, &unused) != 0 &&
         GetProcessTimes(GetCurrentProcess(), &own, &unused, &unused, &unused) != 0 && CompareFileTime(&its, &own) <= 0;
}

// A caller that has gone, whose number may be another's by now, could have had fewer rights.
bool has_other_rights_than_caller() noexcept {
  if (!has_raised_token(GetCurrentProcess())) return false;
  const DWORD caller = caller_of_this_process();
  if (caller == 0) return false;  // nobody's
  const FileHandle process(number_of(OpenProcess(PROCESS_QUERY_LIMITED_INFORMATION, FALSE, caller)));
  if (!process.is_open()) return true;
  const HANDLE handle = handle_of(process.get());
  return !began_before_this(handle) || !has_raised_token(handle);
}

std::wstring value_of(const std::wstring &name) {
  std::wstring value;
  for (DWORD needed = 256; needed > value.size();) {
    value.resize(needed);
    needed = GetEnvironmentVariableW(name.c_str(), value.data(), needed);
    if (needed < value.size()) value.resize(needed);
  }
  return value;
}

// Kept until the end: callers have pointers to them.
const char *kept(std::string value) {
  static std::mutex mutex;
  static std::set<std::string> values;
  const std::lock_guard lock(mutex);
  return values.insert(std::move(value)).first->c_str();
}

}  // namespace

const char *trusted_environment(const char *name) noexcept try {
  static const bool is_trusted = !has_other_rights_than_caller();
  if (!is_trusted) return nullptr;
  std::string value = narrow(value_of(wide(name)));
  return value.empty() ? nullptr : kept(std::move(value));
} catch (...) {  // no memory: as if it were not set
  return nullptr;
}

}  // namespace air
