// SPDX-License-Identifier: BSD-3-Clause
// cJSON keeps numbers as doubles; integers beyond 2^53 reach their reader as texts.
#pragma once

#include <cjson/cJSON.h>

#include <string>
#include <string_view>

namespace air::report {

// The same document with each integer of more than 15 digits as a text of '#' and its digits.
std::string with_long_integers_as_texts(std::string_view json);

// The digits of such an integer; "" for anything else.
std::string_view long_integer(const cJSON *item);

}  // namespace air::report
