// SPDX-License-Identifier: BSD-3-Clause
// Serial ports of Windows, which are for one program alone by nature.
#include <algorithm>
#include <cerrno>
#include <map>
#include <memory>
#include <mutex>

#include "platform/ports/serial_device_windows.h"
#include "platform/ports/serial_port.h"
#include "platform/wide_text_windows.h"

namespace air {
namespace {

std::mutex g_mutex;
std::map<int, std::shared_ptr<SerialDevice>> g_open;

// Of all devices, "COM10" and up are found in no other way.
std::wstring device_path(const std::string &name) {
  return name.find_first_of("\\/") == std::string::npos ? L"\\\\.\\" + wide(name) : wide(name);
}

// Who is refused a port has rights enough: somebody else has it.
std::error_code error_of_opening(DWORD code) noexcept {
  if (code == ERROR_ACCESS_DENIED || code == ERROR_SHARING_VIOLATION) {
    return std::make_error_code(std::errc::device_or_resource_busy);
  }
  return system_error(code);
}

bool set_raw_mode(HANDLE port, uint32_t baud) noexcept {
  DCB settings{};
  settings.DCBlength = sizeof(settings);
  if (GetCommState(port, &settings) == 0) return false;
  settings = {};
  settings.DCBlength = sizeof(settings);
  settings.BaudRate = baud;
  settings.fBinary = TRUE;
  settings.fDtrControl = DTR_CONTROL_ENABLE;  // as Linux does
  settings.fRtsControl = RTS_CONTROL_ENABLE;
  settings.ByteSize = 8;
  settings.Parity = NOPARITY;
  settings.StopBits = ONESTOPBIT;
  settings.XonLim = settings.XoffLim = 1;
  settings.XonChar = 0x11;  // drivers refuse two that are equal, also where they are not used
  settings.XoffChar = 0x13;
  return SetCommState(port, &settings) != 0;
}

// Wine takes what follows for no limit at all.
bool is_wine() noexcept {
  return GetProcAddress(GetModuleHandleW(L"ntdll.dll"), "wine_get_version") != nullptr;
}

// A read ends when a byte has come, with all that are there (COMMTIMEOUTS, Remarks); a write when all have gone.
bool set_limits(HANDLE port) noexcept {
  COMMTIMEOUTS limits{};
  if (is_wine()) {
    limits.ReadIntervalTimeout = 1;  // ms without another byte
  } else {
    limits.ReadIntervalTimeout = limits.ReadTotalTimeoutMultiplier = MAXDWORD;
    limits.ReadTotalTimeoutConstant = MAXDWORD - 1;  // ms, and then it is begun anew
  }
  return SetCommTimeouts(port, &limits) != 0 && PurgeComm(port, PURGE_RXCLEAR | PURGE_TXCLEAR) != 0;
}

uint32_t current_baud(HANDLE port) noexcept {
  DCB settings{};
  settings.DCBlength = sizeof(settings);
  return GetCommState(port, &settings) != 0 ? settings.BaudRate : 0;
}

std::error_code prepare(SerialPort &port, uint32_t baud) {
  const HANDLE handle = handle_of(port.file.get());
  COMMPROP properties{};
  if (GetCommProperties(handle, &properties) == 0) {
    return std::make_error_code(std::errc::inappropriate_io_control_operation);
  }
  if (!set_raw_mode(handle, baud) || !set_limits(handle)) return system_error(GetLastError());
  port.baud = current_baud(handle);
  const std::lock_guard lock(g_mutex);
  g_open.insert_or_assign(port.file.get(), std::make_shared<SerialDevice>(handle));
  return {};
}

}  // namespace

std::shared_ptr<SerialDevice> serial_device(int port) noexcept {
  const std::lock_guard lock(g_mutex);
  const auto found = g_open.find(port);
  return found == g_open.end() ? nullptr : found->second;
}

std::string serial_port_path(const std::string &name) {
  return name;
}

SerialPort open_serial_port(const std::string &path, uint32_t baud, std::error_code &error) noexcept try {
  const HANDLE handle = CreateFileW(device_path(path).c_str(), GENERIC_READ | GENERIC_WRITE, 0, nullptr, OPEN_EXISTING,
                                    FILE_FLAG_OVERLAPPED, nullptr);
  SerialPort port{.file = FileHandle(number_of(handle))};
  error = port.file.is_open() ? prepare(port, baud) : error_of_opening(GetLastError());
  return port;
} catch (const std::system_error &failure) {
  error = failure.code();
  return SerialPort{.file = FileHandle()};
} catch (...) {
  error = std::make_error_code(std::errc::not_enough_memory);
  return SerialPort{.file = FileHandle()};
}

void leave_serial_port(int port) noexcept {
  PurgeComm(handle_of(port), PURGE_RXABORT | PURGE_TXABORT | PURGE_TXCLEAR);
  const std::lock_guard lock(g_mutex);
  g_open.erase(port);
}

bool set_break(int port, bool is_on) noexcept {
  return (is_on ? SetCommBreak(handle_of(port)) : ClearCommBreak(handle_of(port))) != 0;
}

bool is_serial_port_there(int port) noexcept {
  DWORD errors = 0;
  COMSTAT status{};
  return ClearCommError(handle_of(port), &errors, &status) != 0;
}

}  // namespace air
