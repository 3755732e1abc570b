// SPDX-License-Identifier: BSD-3-Clause
// What --help prints: as wide as the terminal, never wider than is read with ease.
#include "cli/parsing/help.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <vector>

#include "platform/streams/terminal.h"
#include "text/width.h"

namespace air::cli {
namespace {

constexpr size_t kWidest = 100;
constexpr size_t kNarrowest = 40;
constexpr size_t kUsual = 80;  // where nobody tells how wide it may be
constexpr size_t kNames = 28;  // columns of the names, with the indent

size_t page_width() {
  const size_t width = output_width();
  return width == 0 ? kUsual : std::clamp(width, kNarrowest, kWidest);
}

std::string paragraph(const std::string &text, size_t width) {
  return fmt::format("{}\n", fmt::join(wrapped(text, width), "\n"));
}

// Names, and beside them, or below where they are long, what they do.
std::string entry(const std::string &names, const std::string &text, size_t width) {
  std::string result = fmt::format("  {}", names);
  const bool beside = display_width(result) + 2 <= kNames;
  result += beside ? std::string(kNames - display_width(result), ' ') : "\n" + std::string(kNames, ' ');
  return result + fmt::format("{}\n", fmt::join(wrapped(text, width - kNames), "\n" + std::string(kNames, ' ')));
}

std::string positional_text(const CLI::Option &option) {
  const std::string name = option.get_name(true);
  return option.get_items_expected_max() > 1 ? name + "..." : name;
}

std::string option_text(const CLI::Option &option) {
  const bool has_value = option.get_items_expected_max() > 0;
  return has_value ? fmt::format("{} {}", names_of(option), option.get_type_name()) : names_of(option);
}

}  // namespace

std::string names_of(const CLI::Option &option) {
  std::vector<std::string> names;
  for (const std::string &name : option.get_snames()) names.push_back("-" + name);
  for (const std::string &name : option.get_lnames()) names.push_back("--" + name);
  return names.empty() ? option.get_name() : fmt::format("{}", fmt::join(names, ", "));
}

std::string help_text(const CLI::App &app, const std::string &name) {
  const size_t width = page_width();
  std::string usage = "Usage: " + name, positionals, options, commands;
  for (const CLI::Option *option : app.get_options()) {
    if (option->get_positional()) {
      usage += " " + positional_text(*option);
      positionals += entry(positional_text(*option), option->get_description(), width);
    }
    if (!option->nonpositional()) continue;
    const bool told = option->get_positional();
    options += entry(option_text(*option), told ? "The same, as an option" : option->get_description(), width);
  }
  for (const CLI::App *command : app.get_subcommands([](const CLI::App *) { return true; })) {
    if (!command->get_group().empty()) commands += entry(command->get_name(), command->get_description(), width);
  }
  usage += commands.empty() ? " [options]" : " COMMAND [options]";
  std::string text = paragraph(app.get_description(), width) + "\n" + usage + "\n";
  if (!positionals.empty()) text += "\n" + positionals;
  text += "\nOptions:\n" + options;
  if (!commands.empty()) text += "\nCommands:\n" + commands;
  return text + (commands.empty() ? "" : "\n" + paragraph(app.get_footer(), width));
}

}  // namespace air::cli
