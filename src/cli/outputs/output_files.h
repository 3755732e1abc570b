// SPDX-License-Identifier: BSD-3-Clause
// Refuses outputs that would overwrite what the command reads, or one another, before anything is run.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "cli/options.h"
#include "cli/running/connection.h"

namespace air::cli {

// A file that the command line asks for; "" for none.
struct OutputFile {
  std::string option;
  std::string path;
};

// Files that are read; none of them need exist.
using ReadFiles = std::vector<std::filesystem::path>;

// What the texts of a command line may name: the whole, or what stands between two of "=:?&" in it, as it is and percent-decoded.
ReadFiles files_in(const std::vector<std::string> &texts);
ReadFiles files_named(const Options &options);  // and in the environment

// Standard output and standard error count as outputs too. Throws Failure: kFailed where a file could not be written, kUsage for a
// name given twice or that of a file that is read.
void check_output_files(const std::vector<OutputFile> &outputs, const ReadFiles &read);
// Again when it is known which library was chosen in a folder, which plugin and runtime serve it, and what a model keeps beside it.
void check_output_files(const std::vector<OutputFile> &outputs, const Connection &connection);

}  // namespace air::cli
