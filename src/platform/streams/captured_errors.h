// SPDX-License-Identifier: BSD-3-Clause
// What code of others writes to standard error, read in its stead.
#pragma once

#include <functional>
#include <string>

namespace air {

// What `work` writes to standard error, which does not get there: its begin. Everything that it opens has to be closed when it ends. "" where this
// machine does not allow to look, as on Windows, where one standard error serves all threads; then `work` is not done.
std::string standard_error_of(const std::function<void()> &work);

}  // namespace air
