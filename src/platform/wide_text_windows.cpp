// SPDX-License-Identifier: BSD-3-Clause
// Text for and from Windows, which has it as UTF-16, and what Windows tells of its errors.
#include "platform/wide_text_windows.h"

#include <fmt/format.h>
#include <windows.h>

#include <array>
#include <cerrno>
#include <stdexcept>

namespace air {
namespace {

int size_of(size_t size) {
  constexpr size_t kMost = 0x7fffffff;
  if (size > kMost) throw std::length_error("a text is too long for Windows");
  return static_cast<int>(size);
}

class WindowsErrors : public std::error_category {
 public:
  const char *name() const noexcept override { return "windows"; }
  std::string message(int code) const override { return system_error_text(static_cast<unsigned long>(code)); }

  std::error_condition default_error_condition(int code) const noexcept override {
    switch (code) {
      case ERROR_FILE_NOT_FOUND:
      case ERROR_PATH_NOT_FOUND:
      case ERROR_INVALID_DRIVE:
      case ERROR_BAD_NETPATH:
      case ERROR_BAD_NET_NAME:
      case ERROR_MOD_NOT_FOUND:
      case ERROR_INVALID_NAME:
      case ERROR_BAD_PATHNAME:
        return std::errc::no_such_file_or_directory;
      case ERROR_ACCESS_DENIED:
      case ERROR_CURRENT_DIRECTORY:
      case ERROR_CANNOT_MAKE:
      case WSAEACCES:
        return std::errc::permission_denied;
      case ERROR_PRIVILEGE_NOT_HELD:
        return std::errc::operation_not_permitted;
      case ERROR_WRITE_PROTECT:
        return std::errc::read_only_file_system;
      case ERROR_FILE_EXISTS:
      case ERROR_ALREADY_EXISTS:
        return std::errc::file_exists;
      case ERROR_DIRECTORY:
        return std::errc::not_a_directory;
      case ERROR_DIR_NOT_EMPTY:
        return std::errc::directory_not_empty;
      case ERROR_NOT_ENOUGH_MEMORY:
      case ERROR_OUTOFMEMORY:
      case ERROR_COMMITMENT_LIMIT:
      case ERROR_NO_SYSTEM_RESOURCES:
        return std::errc::not_enough_memory;
      case ERROR_DISK_FULL:
      case ERROR_HANDLE_DISK_FULL:
        return std::errc::no_space_on_device;
      case ERROR_FILE_TOO_LARGE:
        return std::errc::file_too_large;
      case ERROR_FILENAME_EXCED_RANGE:
        return std::errc::filename_too_long;
      case ERROR_TOO_MANY_OPEN_FILES:
      case WSAEMFILE:
        return std::errc::too_many_files_open;
      case ERROR_INVALID_HANDLE:
        return std::errc::bad_file_descriptor;
      case ERROR_INVALID_PARAMETER:
      case WSAEINVAL:
        return std::errc::invalid_argument;
      case ERROR_NOT_SUPPORTED:
      case ERROR_CALL_NOT_IMPLEMENTED:
      case ERROR_INVALID_FUNCTION:
        return std::errc::function_not_supported;
      case ERROR_BROKEN_PIPE:
      case ERROR_NO_DATA:
        return std::errc::broken_pipe;
      case ERROR_SHARING_VIOLATION:  // another program has it open
      case ERROR_LOCK_VIOLATION:
      case ERROR_BUSY:
      case ERROR_PIPE_BUSY:
        return std::errc::device_or_resource_busy;
      case ERROR_BAD_EXE_FORMAT:
      case ERROR_EXE_MACHINE_TYPE_MISMATCH:
        return std::errc::executable_format_error;
      case ERROR_CANT_RESOLVE_FILENAME:
        return std::errc::too_many_symbolic_link_levels;
      case ERROR_OPERATION_ABORTED:
        return std::errc::operation_canceled;
      case ERROR_SEM_TIMEOUT:
      case WAIT_TIMEOUT:
      case WSAETIMEDOUT:
        return std::errc::timed_out;
      case ERROR_IO_PENDING:
      case WSAEWOULDBLOCK:
        return std::errc::operation_would_block;
      case WSAEINPROGRESS:
        return std::errc::operation_in_progress;
      case WSAEINTR:
        return std::errc::interrupted;
      case WSAEADDRINUSE:
        return std::errc::address_in_use;
      case WSAEADDRNOTAVAIL:
        return std::errc::address_not_available;
      case WSAENETUNREACH:
        return std::errc::network_unreachable;
      case WSAEHOSTUNREACH:
        return std::errc::host_unreachable;
      case WSAECONNABORTED:
        return std::errc::connection_aborted;
      case WSAECONNRESET:
        return std::errc::connection_reset;
      case ERROR_CONNECTION_REFUSED:
      case WSAECONNREFUSED:
        return std::errc::connection_refused;
      default:
        return std::errc::io_error;
    }
  }
};

const WindowsErrors kErrors;

}  // namespace

std::wstring wide(std::string_view text) {
  if (text.empty()) return {};
  const int size = size_of(text.size());
  std::wstring result(text.size(), L'\0');  // no byte becomes more than one unit
  result.resize(static_cast<size_t>(MultiByteToWideChar(CP_UTF8, 0, text.data(), size, result.data(), size)));
  return result;
}

std::string narrow(std::wstring_view text) {
  if (text.empty()) return {};
  const int size = size_of(text.size());
  const int needed = WideCharToMultiByte(CP_UTF8, 0, text.data(), size, nullptr, 0, nullptr, nullptr);
  std::string result(static_cast<size_t>(needed), '\0');
  WideCharToMultiByte(CP_UTF8, 0, text.data(), size, result.data(), needed, nullptr, nullptr);
  return result;
}

std::string system_error_text(unsigned long code) {
  constexpr DWORD kFlags = FORMAT_MESSAGE_FROM_SYSTEM | FORMAT_MESSAGE_IGNORE_INSERTS | FORMAT_MESSAGE_MAX_WIDTH_MASK;
  constexpr DWORD kEnglish = MAKELANGID(LANG_ENGLISH, SUBLANG_ENGLISH_US);
  std::array<wchar_t, 512> text;
  const auto size = static_cast<DWORD>(text.size());
  DWORD n = FormatMessageW(kFlags, nullptr, code, kEnglish, text.data(), size, nullptr);
  if (n == 0) n = FormatMessageW(kFlags, nullptr, code, 0, text.data(), size, nullptr);  // the user's language
  std::wstring_view said(text.data(), n);
  while (!said.empty() && (said.back() == L' ' || said.back() == L'.')) said.remove_suffix(1);
  return said.empty() ? fmt::format("error {} of Windows", code) : narrow(said);
}

std::error_code system_error(unsigned long code) noexcept {
  const int number = errno_of(code);
  return number == EIO ? std::error_code(static_cast<int>(code), kErrors)
                       : std::error_code(number, std::generic_category());
}

int errno_of(unsigned long code) noexcept {
  return code == 0 ? 0 : kErrors.default_error_condition(static_cast<int>(code)).value();
}

}  // namespace air
