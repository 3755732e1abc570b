// SPDX-License-Identifier: BSD-3-Clause
// Why the runtime refused a model, in its own words.
#pragma once

#include <functional>
#include <string>
#include <string_view>

namespace air::litert {

// The errors among lines that the runtime wrote, on one line; each once, without the runtime's marks.
std::string reasons_of(std::string_view lines);

// What `work` writes to standard error, which does not get there. Everything that it opens has to be closed when it ends. "" where this
// machine does not allow to look; then `work` is not done.
std::string standard_error_of(const std::function<void()> &work);

}  // namespace air::litert
