// SPDX-License-Identifier: BSD-3-Clause
// Another program in place of this one.
#pragma once

#include <string>
#include <vector>

namespace air {

// The program that the system finds under this name in the folders of PATH gets these words, and streams and signals of this one. Its exit code, where it does not take the
// place of this process altogether. Throws std::system_error where it cannot be started.
int become_program(const std::string &name, const std::vector<std::string> &words);

}  // namespace air
