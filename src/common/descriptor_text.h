// SPDX-License-Identifier: BSD-3-Clause
// Texts within descriptors: what would be read as something else is written as percent codes.
#pragma once

#include <string>
#include <string_view>

namespace air {

// For the part behind the scheme and for values of options: reading the result gives the text again.
std::string encode_descriptor_text(std::string_view text);

}  // namespace air
