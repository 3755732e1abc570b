// SPDX-License-Identifier: BSD-3-Clause
// The emulated boards there are: machines that QEMU knows, and images of firmware for them.
#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace air::boards {

struct Machine {
  std::string_view name;  // as QEMU calls it
  std::string_view text;
  int clock_shift;  // an instruction takes 2^shift ns: as near as that can be to a cycle
};

std::span<const Machine> machines() noexcept;

// "mps2-an386.elf", "mps2-an386-mine.elf": the machine is what the name begins with.
struct Image {
  std::string name;
  std::filesystem::path file;
  const Machine *machine;
};

// Where images are: what AIRUNNER_BOARDS names, else `boards` beside the file of the plugin, whatever links to it.
std::filesystem::path image_folder(const std::filesystem::path &plugin);

std::vector<Image> find_images(const std::filesystem::path &folder);
// Throws AIR_ERROR_NOT_FOUND, AIR_ERROR_UNSUPPORTED where nothing could run it.
Image find_image(const std::string &name, const std::filesystem::path &folder);

}  // namespace air::boards
