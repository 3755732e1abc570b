// SPDX-License-Identifier: BSD-3-Clause
// Whole files, read and written.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "npz/npy.h"

namespace air::cli {

Bytes read_file(const std::string &path);                                        // throws Failure, kBadInput
void write_file(const std::string &path, std::span<const unsigned char> bytes);  // throws Failure, kFailed
void write_file(const std::string &path, std::string_view text);

// A file that the command line asks for; "" for none.
struct OutputFile {
  std::string option;
  std::string path;
};

// What would lose results only after the run: a folder that is not there (kFailed), a name given twice or that of an
// input (kUsage). Throws Failure.
void check_output_files(const std::vector<OutputFile> &outputs, const std::vector<std::string> &inputs);

// Lower case, with the dot; "" for none.
std::string extension(const std::string &path);

}  // namespace air::cli
