// SPDX-License-Identifier: BSD-3-Clause
// The two sides of a pseudo-terminal, opened.
#include "platform/ports/raw_terminal_posix.h"

#include <fcntl.h>
#include <stdlib.h>
#include <termios.h>

#include <cerrno>
#include <system_error>

namespace air {

void fail_terminal(const std::string &step) {
  throw std::system_error(errno, std::generic_category(), step);
}

FileHandle opened(int descriptor, const char *step) {
  if (descriptor < 0) fail_terminal(step);
  return FileHandle(descriptor);
}

FileHandle open_master() {
  return opened(posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC), "opening");
}

std::string other_side(const FileHandle &master) {
  if (grantpt(master.get()) != 0 || unlockpt(master.get()) != 0) fail_terminal("unlocking");
  char name[64];
  if (ptsname_r(master.get(), name, sizeof(name)) != 0) fail_terminal("asking for the name");
  return name;
}

FileHandle open_raw(const std::string &path) {
  FileHandle slave(open(path.c_str(), O_RDWR | O_NOCTTY | O_CLOEXEC));
  termios settings{};
  if (!slave.is_open() || tcgetattr(slave.get(), &settings) != 0) fail_terminal(path);
  cfmakeraw(&settings);
  if (tcsetattr(slave.get(), TCSANOW, &settings) != 0) fail_terminal(path);
  return slave;
}

}  // namespace air
