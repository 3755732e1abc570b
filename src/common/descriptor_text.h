// SPDX-License-Identifier: BSD-3-Clause
// Texts of descriptors: what would be read as something else is written as percent codes.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace air {

using DescriptorOptions = std::vector<std::pair<std::string, std::string>>;

// "scheme:place?key=value&...": reading it gives the same place and options again.
std::string canonical_descriptor(std::string_view scheme, std::string_view place,
                                 const DescriptorOptions &options = {});

// Of the part behind the scheme, and of values of options.
std::string encode_descriptor_text(std::string_view text);
// What is no code stays as it is.
std::string decode_descriptor_text(std::string_view text);

}  // namespace air
