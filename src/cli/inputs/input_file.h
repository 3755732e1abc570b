// SPDX-License-Identifier: BSD-3-Clause
// What a file is, told by what is in it.
#pragma once

#include <string>

namespace air::cli {

enum class FileKind {
  kNpy,
  kNpz,
  kText,  // numbers in lines, as .csv
  kRaw,   // bytes that are nothing else, in a file called .bin, .raw or .dat
};

// Throws Failure, kBadInput: for a file of another kind that is known, and for bytes that are not called raw.
FileKind kind_of(const std::string &path);
bool is_archive(const std::string &path);  // false also where there is no such file

}  // namespace air::cli
