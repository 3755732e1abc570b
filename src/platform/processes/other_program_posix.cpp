// SPDX-License-Identifier: BSD-3-Clause
#include "platform/processes/other_program.h"

#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace air {

int become_program(const std::string &name, const std::vector<std::string> &words) {
  std::vector<char *> arguments = {const_cast<char *>(name.c_str())};
  for (const std::string &word : words) arguments.push_back(const_cast<char *>(word.c_str()));
  arguments.push_back(nullptr);
  execvp(name.c_str(), arguments.data());
  throw std::system_error(errno, std::generic_category(), name);
}

}  // namespace air
