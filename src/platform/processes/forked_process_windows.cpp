// SPDX-License-Identifier: BSD-3-Clause
// A copy of this process: Windows makes none.
#include <system_error>

#include "platform/processes/forked_process.h"

namespace air {

ForkedProcess::ForkedProcess(const Work &) {
  throw std::system_error(std::make_error_code(std::errc::function_not_supported),
                          "Windows makes no copies of processes");
}

// Nobody has one.
bool ForkedProcess::attend() {
  return false;
}

}  // namespace air
