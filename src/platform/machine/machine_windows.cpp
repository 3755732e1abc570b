// SPDX-License-Identifier: BSD-3-Clause
// The machine this process runs on, for reports.
#include <fmt/format.h>
#include <windows.h>

#include <array>

#include "common/utf8.h"
#include "platform/machine/machine.h"
#include "platform/wide_text_windows.h"

namespace air {
namespace {

// GetVersionEx() tells what the program was made for instead, up to Windows 8.
std::string release() {
  using GetVersion = LONG(WINAPI *)(RTL_OSVERSIONINFOW *);
  const HMODULE system = GetModuleHandleW(L"ntdll.dll");
  const auto get =
      system == nullptr
          ? nullptr
          : reinterpret_cast<GetVersion>(reinterpret_cast<void *>(GetProcAddress(system, "RtlGetVersion")));
  RTL_OSVERSIONINFOW version{};
  version.dwOSVersionInfoSize = sizeof(version);
  if (get == nullptr || get(&version) != 0) return "";
  return fmt::format("{}.{}.{}", version.dwMajorVersion, version.dwMinorVersion, version.dwBuildNumber);
}

// Of the machine itself, whatever this program is for.
std::string machine() {
  SYSTEM_INFO system{};
  GetNativeSystemInfo(&system);
  switch (system.wProcessorArchitecture) {
    case PROCESSOR_ARCHITECTURE_AMD64:
      return "x86_64";
    case PROCESSOR_ARCHITECTURE_ARM64:
      return "aarch64";
    case PROCESSOR_ARCHITECTURE_INTEL:
      return "x86";
    default:
      return fmt::format("machine {}", system.wProcessorArchitecture);
  }
}

// Of the first one.
std::string processor_name() {
  std::array<wchar_t, 256> name{};
  auto size = static_cast<DWORD>(sizeof(name));
  if (RegGetValueW(HKEY_LOCAL_MACHINE, L"HARDWARE\\DESCRIPTION\\System\\CentralProcessor\\0", L"ProcessorNameString",
                   RRF_RT_REG_SZ, nullptr, name.data(), &size) != ERROR_SUCCESS)
    return "";
  std::string text = narrow(name.data());
  while (text.ends_with(' ')) text.pop_back();
  return text;
}

}  // namespace

std::optional<SystemNames> system_names() {
  return SystemNames{"Windows", release(), machine()};
}

std::string machine_text() {
  std::string text = fmt::format("Windows {} {}", release(), machine());
  if (const std::string name = processor_name(); !name.empty()) text += ", " + name;
  if (const DWORD n = GetActiveProcessorCount(ALL_PROCESSOR_GROUPS); n > 0)
    text += fmt::format(", {} CPU{}", n, n == 1 ? "" : "s");
  return printable(text);
}

uint64_t machine_memory() {
  MEMORYSTATUSEX status{};
  status.dwLength = sizeof(status);
  return GlobalMemoryStatusEx(&status) == 0 ? 0 : status.ullTotalPhys;
}

}  // namespace air
