// SPDX-License-Identifier: BSD-3-Clause
// What is wrong with a command line, in our own words.
#include "cli/parsing/complaint.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <optional>
#include <vector>

#include "cli/parsing/help.h"
#include "common/nearest.h"

namespace air::cli {
namespace {

std::vector<std::string> command_names(const CLI::App &app) {
  std::vector<std::string> names;
  for (const CLI::App *command : app.get_subcommands([](const CLI::App *) { return true; })) {
    if (!command->get_group().empty()) names.push_back(command->get_name());  // else it is not for people
  }
  return names;
}

std::string hint(const std::string &command) {
  return fmt::format("`{} --help` tells what there is", command);
}

std::string did_you_mean_option(const CLI::App &command, const std::string &name) {
  std::vector<std::string> names;
  for (const CLI::Option *option : command.get_options()) {
    for (const std::string &known : option->get_lnames()) names.push_back("--" + known);
  }
  return did_you_mean(name, names);
}

// A word that looks like an option and is none, or one too many. Unknown options come first: a value behind one is easily taken for a word
// too many.
std::string unexpected(const CLI::App &command) {
  std::optional<std::string> extra;
  for (const std::string &text : command.remaining()) {
    if (text == "--") continue;
    if (text.size() < 2 || text.front() != '-') {
      extra = extra.value_or(text);
      continue;
    }
    const std::string name = text.substr(0, text.find('='));
    if (command.get_name() == "compare" && (name == "--desc" || name.starts_with("-d"))) {
      return "compare takes its two sides without -d: airunner compare A B";
    }
    if (command.get_name() == "compare" && name == "--io")
      return "--io is not an option of compare, which converts inputs to what each side stores, and outputs back, by "
             "itself: leave it out";
    if (command.get_name() == "compare" && name == "--mode")
      return "--mode is not an option of compare, which takes the layers of both sides where they tell them; "
             "--outputs-only leaves them out";
    return fmt::format("{} is not an option of {}{}", name, command.get_name(), did_you_mean_option(command, name));
  }
  return extra ? fmt::format("{}: {} is one word too many", command.get_name(), *extra) : "";
}

// That whose name an error begins with or has in it: the parser tells no more.
const CLI::Option *option_of(const CLI::App &command, const std::string &error) {
  for (const CLI::Option *option : command.get_options()) {
    const size_t at = error.find(option->get_name());
    const size_t end = at + option->get_name().size();
    const bool is_word = at != std::string::npos &&
                         (end == error.size() || std::string_view(" :,=").find(error[end]) != std::string_view::npos);
    if (is_word) return option;
  }
  return nullptr;
}

std::string wrong_number_of_values(const CLI::Option &option) {
  const bool too_many = static_cast<int>(option.count()) > option.get_items_expected_max();
  if (option.get_items_expected_max() == 0) return fmt::format("{} takes no value", option.get_name());
  if (too_many) return fmt::format("{} is given {} times, expected once", names_of(option), option.count());
  return fmt::format("{0}: expected a value, as in {0} {1}", option.get_name(), option.get_type_name());
}

// Two options of which one makes no sense beside the other.
std::string excluded(const CLI::App &command) {
  for (const CLI::Option *option : command.get_options()) {
    for (const CLI::Option *other : option->get_excludes()) {
      if (option->count() > 0 && other->count() > 0)
        return fmt::format("{} and {} do not go together", option->get_name(), other->get_name());
    }
  }
  return "";
}

std::string told(const CLI::App &command, const CLI::ParseError &error) {
  const CLI::Option *option = option_of(command, error.what());
  if (dynamic_cast<const CLI::ExcludesError *>(&error) != nullptr) return excluded(command);
  if (option != nullptr && dynamic_cast<const CLI::ArgumentMismatch *>(&error) != nullptr)
    return wrong_number_of_values(*option);
  // Values are checked before they are converted: what is left are flags.
  if (option != nullptr && dynamic_cast<const CLI::ConversionError *>(&error) != nullptr)
    return fmt::format("{} takes no value", option->get_name());
  return error.what();  // of a check
}

}  // namespace

Failure complaint(const CLI::App &app, const CLI::ParseError &error) {
  const std::vector<CLI::App *> parsed = app.get_subcommands();
  const CLI::App &command = parsed.empty() ? app : *parsed.front();
  if (const std::string text = unexpected(app); !text.empty()) return {kUsage, text, {hint(app.get_name())}};
  std::string text = unexpected(command);
  if (text.empty()) text = told(command, error);
  return {kUsage, text, {hint(parsed.empty() ? "airunner" : "airunner " + command.get_name())}};
}

Failure unknown_command(const CLI::App &app, const std::string &word) {
  const std::vector<std::string> names = command_names(app);
  const std::string what =
      word.empty() ? "expected a command" : fmt::format("unknown command {}{}", word, did_you_mean(word, names));
  return {kUsage, what, {fmt::format("the commands are {}", fmt::join(names, ", ")), hint("airunner")}};
}

void need(const CLI::App &command, const std::string &positional, const std::string &what, const std::string &example) {
  if (command.count(positional) > 0) return;
  throw Failure(kUsage, fmt::format("{} needs {}, as in `{}`", command.get_name(), what, example),
                {hint("airunner " + command.get_name())});
}

}  // namespace air::cli
