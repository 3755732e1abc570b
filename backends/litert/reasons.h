// SPDX-License-Identifier: BSD-3-Clause
// Why the runtime refused a model, in its own words.
#pragma once

#include <string>
#include <string_view>

namespace air::litert {

// The errors among lines that the runtime wrote, on one line; each once, without the runtime's marks.
std::string reasons_of(std::string_view lines);

}  // namespace air::litert
