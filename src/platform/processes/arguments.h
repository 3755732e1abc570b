// SPDX-License-Identifier: BSD-3-Clause
// The words of this program's command line.
#pragma once

#include <string>
#include <vector>

namespace air {

// What main() was given, the program's name first, as UTF-8: Windows gives main() only what the code page has.
std::vector<std::string> command_line_words(int argc, const char *const *argv);

}  // namespace air
