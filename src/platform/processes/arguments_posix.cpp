// SPDX-License-Identifier: BSD-3-Clause
#include "platform/processes/arguments.h"

namespace air {

std::vector<std::string> command_line_words(int argc, const char *const *argv) {
  return {argv, argv + argc};
}

}  // namespace air
