// SPDX-License-Identifier: BSD-3-Clause
// Model files: reading, and what their names tell.
#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace air::runtime {

// The whole file. Throws NOT_FOUND, PERMISSION, IO, or INVALID_MODEL for a folder, an empty file and one that is larger than 2 GiB.
std::vector<std::byte> read_model_file(const std::filesystem::path &path);

// A new file, whole or not at all. Throws IO with errno.
void save_model_file(const std::filesystem::path &path, std::span<const std::byte> bytes);

// The path of a descriptor made absolute; throws INVALID_DESCRIPTOR when there is none. `scheme` is for the message.
std::filesystem::path model_path(const std::string &rest, std::string_view scheme);

// Upper and lower case alike. `extension` is like ".onnx".
bool has_extension(std::string_view path, std::string_view extension);

}  // namespace air::runtime
