// SPDX-License-Identifier: BSD-3-Clause
// What standard output and standard error are connected to.
#include "platform/streams/terminal.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <charconv>
#include <string_view>

#include "platform/processes/environment.h"

namespace air {
namespace {

std::string_view environment(const char *name) {
  const char *value = trusted_environment(name);
  return value == nullptr ? "" : value;
}

}  // namespace

bool stdout_is_terminal() {
  return isatty(STDOUT_FILENO) == 1;
}

bool stderr_is_terminal() {
  return isatty(STDERR_FILENO) == 1;
}

uint32_t output_width() {
  const std::string_view columns = environment("COLUMNS");
  uint32_t width = 0;
  std::from_chars(columns.data(), columns.data() + columns.size(), width);
  if (width > 0) return width;
  winsize size{};
  if (stdout_is_terminal() && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0) return size.ws_col;
  return 0;
}

bool output_colour() {
  return stdout_is_terminal() && environment("NO_COLOR").empty() && environment("TERM") != "dumb";
}

}  // namespace air
