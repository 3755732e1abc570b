// SPDX-License-Identifier: BSD-3-Clause
// There is nothing yet that would need another program here.
#include <cerrno>
#include <system_error>

#include "platform/processes/child_program.h"

namespace air {

bool ChildProgram::can_start() noexcept {
  return false;
}

ChildProgram::ChildProgram(const std::string &name, const std::vector<std::string> &) {
  throw std::system_error(ENOTSUP, std::generic_category(), name);
}

ChildProgram::~ChildProgram() = default;

bool ChildProgram::read_errors(std::string &, std::chrono::milliseconds) const {
  return false;
}

}  // namespace air
