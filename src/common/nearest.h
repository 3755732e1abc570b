// SPDX-License-Identifier: BSD-3-Clause
// The word that may have been meant by one that is not known.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace air {

// " (did you mean <word>?)" with the nearest of the words, or "" where none is near.
std::string did_you_mean(std::string_view given, std::span<const std::string> words);

}  // namespace air
