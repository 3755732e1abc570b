// SPDX-License-Identifier: BSD-3-Clause
// Model files: reading, and what a bare path looks like.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "airunner.h"

namespace air::runtime {

// The whole file. Throws NOT_FOUND, PERMISSION, IO, or INVALID_MODEL for a folder, an empty file and one that is larger than 2 GiB.
std::vector<std::byte> read_model_file(const std::filesystem::path &path);

// The path of a descriptor made absolute; throws INVALID_DESCRIPTOR when there is none. `scheme` is for the message.
std::filesystem::path model_path(const std::string &rest, std::string_view scheme);

// How well a bare text suits a backend for files of this extension.
uint32_t claim_extension(const char *text, std::string_view extension) noexcept;

}  // namespace air::runtime
