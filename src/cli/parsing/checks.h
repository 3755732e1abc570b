// SPDX-License-Identifier: BSD-3-Clause
// What the values of options may be, in our own words: the parser's differ between its versions, and name types of C++.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace air::cli {

// Says what is wrong with a value; "" for nothing.
using Check = std::function<std::string(const std::string &)>;

Check whole_number(uint64_t least, uint64_t most = UINT64_MAX);
Check number(double least, double most, const std::string &unit = "");
Check one_of(std::vector<std::string> words);

std::string check_key_value(const std::string &text);
std::string check_limit(const std::string &text);    // of a metric
std::string check_is_told(const std::string &text);  // what "" would stand for the absence of
std::string check_is_a_file(const std::string &text);
std::string check_real_number(const std::string &text);

}  // namespace air::cli
