// SPDX-License-Identifier: BSD-3-Clause
// What standard output and standard error are connected to.
#include <charconv>
#include <string_view>

#include "platform/files/system_handle_windows.h"
#include "platform/processes/environment.h"
#include "platform/streams/streams_windows.h"
#include "platform/streams/terminal.h"

namespace air {
namespace {

std::string_view environment(const char *name) {
  const char *value = trusted_environment(name);
  return value == nullptr ? "" : value;
}

HANDLE output() noexcept {
  return handle_of(stream_handle(kStandardOutput));
}

}  // namespace

bool stdout_is_terminal() {
  return is_console(kStandardOutput);
}

bool stderr_is_terminal() {
  return is_console(kStandardError);
}

uint32_t output_width() {
  const std::string_view columns = environment("COLUMNS");
  uint32_t width = 0;
  std::from_chars(columns.data(), columns.data() + columns.size(), width);
  if (width > 0) return width;
  CONSOLE_SCREEN_BUFFER_INFO info{};
  if (GetConsoleScreenBufferInfo(output(), &info) == 0) return 0;
  return static_cast<uint32_t>(info.srWindow.Right - info.srWindow.Left + 1);
}

// keep_streams() has asked the console for it; those of Windows before 10 cannot.
bool output_colour() {
  DWORD mode = 0;
  const bool can = GetConsoleMode(output(), &mode) != 0 && (mode & ENABLE_VIRTUAL_TERMINAL_PROCESSING) != 0;
  return can && environment("NO_COLOR").empty() && environment("TERM") != "dumb";
}

}  // namespace air
