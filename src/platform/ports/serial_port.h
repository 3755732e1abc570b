// SPDX-License-Identifier: BSD-3-Clause
// Serial ports: raw, at any baud rate, for this process alone.
#pragma once

#include <cstdint>
#include <string>
#include <system_error>

#include "platform/files/file_handle.h"

namespace air {

struct SerialPort {
  FileHandle file;  // not blocking
  bool is_pseudo_terminal = false;
  uint32_t baud = 0;  // that the driver gives, which may be another; 0: it does not tell
};

// "ttyACM0" is short for "/dev/ttyACM0"; on Windows "COM12" for "\\.\COM12".
std::string serial_port_path(const std::string &name);

// Raw 8N1 without flow control at any rate, both buffers empty, bytes handed over at once where the driver can do that. Nobody else may open it
// until leave_serial_port(), whether he locks or not: std::errc::device_or_resource_busy where somebody has said so. The mark of a
// pseudo-terminal would outlive a client that was killed, as long as the program behind it lives: it is only locked.
SerialPort open_serial_port(const std::string &path, uint32_t baud, std::error_code &error) noexcept;

// Before it is closed, unless it is a pseudo-terminal. What nobody takes would hold up the closing: it is dropped.
void leave_serial_port(int port) noexcept;

// Begins or ends a break; false where there can be none.
bool set_break(int port, bool is_on) noexcept;

// Whether the device has not been pulled out.
bool is_serial_port_there(int port) noexcept;

}  // namespace air
