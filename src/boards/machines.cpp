// SPDX-License-Identifier: BSD-3-Clause
// The emulated boards there are.
#include "boards/machines.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <system_error>

#include "common/error.h"
#include "common/path_text.h"
#include "platform/files/folder.h"
#include "platform/processes/child_program.h"
#include "platform/processes/environment.h"

namespace air::boards {
namespace {

constexpr std::array kMachines = {
    Machine{"mps2-an386", "Arm MPS2 with AN386: Cortex-M4F, 25 MHz", 5},
    Machine{"mps3-an547", "Arm MPS3 with AN547: Cortex-M55, 32 MHz", 5},
    Machine{"netduinoplus2", "Netduino Plus 2: STM32F405, Cortex-M4F, 168 MHz", 3},
};

const Machine *machine_of(std::string_view name) noexcept {
  const auto found = std::ranges::find_if(kMachines, [name](const Machine &known) {
    return name == known.name || name.starts_with(std::string(known.name) + '-');
  });
  return found == kMachines.end() ? nullptr : &*found;
}

}  // namespace

std::span<const Machine> machines() noexcept {
  return kMachines;
}

std::filesystem::path image_folder(const std::filesystem::path &plugin) {
  if (const char *named = trusted_environment("AIRUNNER_BOARDS")) return path_of(named);
  std::error_code unknown;  // then the name that was found
  const std::filesystem::path file = std::filesystem::canonical(plugin, unknown);
  return (unknown ? plugin : file).parent_path() / "boards";
}

std::vector<Image> find_images(const std::filesystem::path &folder) {
  std::vector<Image> images;
  for (const std::filesystem::path &file : folder_entries(folder)) {
    const std::string name = text_of(file.stem());
    const Machine *machine = machine_of(name);
    if (file.extension() == ".elf" && machine != nullptr) images.push_back({name, file, machine});
  }
  std::ranges::sort(images, {}, &Image::name);
  return images;
}

Image find_image(const std::string &name, const std::filesystem::path &folder) {
  if (!ChildProgram::can_start()) fail(AIR_ERROR_UNSUPPORTED, "emulated boards are there on Linux and macOS only");
  std::vector<std::string> names;
  for (Image &image : find_images(folder)) {
    if (image.name == name) return std::move(image);
    names.push_back(image.name);
  }
  const std::string there = names.empty() ? "no image at all" : fmt::format("{}", fmt::join(names, ", "));
  if (machine_of(name) != nullptr) {
    fail(AIR_ERROR_NOT_FOUND,
         "no image {}.elf in {}, which has {}; `scripts/demo --with boards` in airunner's sources makes them, and "
         "AIRUNNER_BOARDS names the folder where they are (docs/boards.md)",
         name, text_of(folder), there);
  }
  std::vector<std::string_view> known;
  for (const Machine &machine : kMachines) known.push_back(machine.name);
  fail(AIR_ERROR_NOT_FOUND, "there is no board '{}': expected one of {}, or one of these with '-' and more; {} has {}",
       name, fmt::join(known, ", "), text_of(folder), there);
}

}  // namespace air::boards
