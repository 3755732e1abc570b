// SPDX-License-Identifier: BSD-3-Clause
// The command run again in processes of their own: what one process measures is not independent of itself.
#pragma once

#include <string>
#include <vector>

#include "airunner.h"

namespace air::cli {

// What `airunner WORDS...` prints on standard output; its standard error is that of this process. Throws Failure with the exit code of that
// process, and where the token is cancelled: the process is then told and waited for.
std::string output_of_run(const std::vector<std::string> &words, const air_token *token);

}  // namespace air::cli
