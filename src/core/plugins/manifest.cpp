// SPDX-License-Identifier: BSD-3-Clause
// What a plugin says of itself: in its table, and in the manifest beside it. Neither is trusted: both pass the same checks.
#include "core/plugins/manifest.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "common/numbers.h"
#include "common/struct_size.h"
#include "common/utf8.h"
#include "core/error.h"
#include "core/plugins/plugin_struct.h"

namespace air {
namespace {

constexpr size_t kLongestText = 1000;
constexpr uint32_t kMostItems = 1000;
// In the order of air_option_type.
constexpr std::array<std::string_view, 5> kTypes = {"text", "number", "flag", "choice", "path"};

template <class... Args>
[[noreturn]] void refuse(fmt::format_string<Args...> format, Args &&...args) {
  fail(AIR_ERROR_INCOMPATIBLE, format, std::forward<Args>(args)...);
}

std::string_view trim(std::string_view text) {
  constexpr std::string_view kBlanks = " \t\r";
  const size_t begin = text.find_first_not_of(kBlanks);
  return begin == std::string_view::npos ? "" : text.substr(begin, text.find_last_not_of(kBlanks) + 1 - begin);
}

std::optional<uint64_t> number_of(std::string_view text) {
  return number_in<uint64_t>(text);
}

// ---- Checks

bool is_word(std::string_view text, std::string_view others) {
  return !text.empty() && text.front() >= 'a' && text.front() <= 'z' && std::ranges::all_of(text, [&](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || others.find(c) != std::string_view::npos;
  });
}

bool is_line(std::string_view text) {
  const bool is_ascii = std::ranges::all_of(text, [](char c) { return c >= ' ' && c <= '~'; });
  return text.size() <= kLongestText && text == trim(text) && (is_ascii || text == printable(text));
}

// Such a text is shown to people, and stands in a line of a manifest. `of`: what it belongs to.
void check_line(std::string_view what, std::string_view text, std::string_view of = "") {
  if (is_line(text)) return;
  refuse("its {}{} \"{}\" is not one line of at most {} bytes of UTF-8 without blanks around it", what, of,
         excerpt(text, 60), kLongestText);
}

void check_told(std::string_view what, std::string_view text, std::string_view of = "") {
  if (text.empty()) refuse("it has no {}{}", what, of);
  check_line(what, text, of);
}

template <class List, class Name>
void check_unique(std::string_view what, const List &list, Name name) {
  if (list.size() > kMostItems) refuse("it has {} {}s, at most {} are expected", list.size(), what, kMostItems);
  for (auto item = list.begin(); item != list.end(); ++item) {
    if (std::any_of(list.begin(), item, [&](const auto &other) { return name(other) == name(*item); })) {
      refuse("it has the {} {} twice", what, name(*item));
    }
  }
}

void check_scheme(const std::string &scheme) {
  check_line("scheme", scheme);
  if (scheme.size() >= 2 && is_word(scheme, "+-")) return;
  refuse("its scheme \"{}\" is not at least two lower-case letters, digits, '+' or '-', the first of them a letter",
         scheme);
}

void check_choices(const OptionFacts &option) {
  for (const std::string &choice : option.choices) check_line("choice", choice);
  const size_t n = option.choices.size();
  if (option.type == AIR_OPTION_CHOICE) {
    if (n == 0) refuse("its option {} has nothing to choose from", option.key);
  } else if (option.type == AIR_OPTION_NUMBER) {
    const bool is_range = n == 2 && number_of(option.choices[0]) && number_of(option.choices[1]) &&
                          *number_of(option.choices[0]) <= *number_of(option.choices[1]);
    if (n != 0 && !is_range) refuse("its option {} has no smallest and largest number", option.key);
  } else if (n != 0) {
    refuse("its option {} is a {} and has choices", option.key, kTypes.at(option.type));
  }
}

void check_option(const OptionFacts &option) {
  check_line("option", option.key);
  const std::string_view key = option.key;
  if (!is_word(key.ends_with('*') ? key.substr(0, key.size() - 1) : key, "._-")) {
    refuse("its option \"{}\" is not of lower-case letters, digits, '_', '.' or '-', the first of them a letter", key);
  }
  if (option.type >= kTypes.size()) refuse("its option {} has the unknown type {}", key, static_cast<int>(option.type));
  check_told("text for option ", option.text, key);
  check_choices(option);
  if (!option.default_value) return;
  check_line("default", *option.default_value);
  if (const std::string why = misfit(option, *option.default_value); !why.empty()) {
    refuse("the default \"{}\" of its option {} does not fit: expected {}", *option.default_value, key, why);
  }
}

void check(const Manifest &manifest) {
  check_told("name", manifest.name);
  check_told("version", manifest.version);
  check_told("description", manifest.description);
  if (manifest.schemes.empty()) refuse("it has no scheme");
  const auto itself = [](const std::string &text) -> const std::string & { return text; };
  check_unique("scheme", manifest.schemes, itself);
  check_unique("pattern", manifest.patterns, itself);
  check_unique("option", manifest.options, [](const OptionFacts &option) -> const std::string & { return option.key; });
  std::ranges::for_each(manifest.schemes, check_scheme);
  for (const std::string &pattern : manifest.patterns) check_line("pattern", pattern);
  std::ranges::for_each(manifest.options, check_option);
}

// ---- From a table

// NULL is "", as what is too long becomes a text that is refused.
std::string text_of(const char *text) {
  if (text == nullptr) return "";
  const void *end = std::memchr(text, '\0', kLongestText + 1);
  return {text, end == nullptr ? text + kLongestText + 1 : static_cast<const char *>(end)};
}

std::vector<std::string> texts_of(const char *const *texts) {
  std::vector<std::string> list;
  for (; texts != nullptr && *texts != nullptr && list.size() <= kMostItems; ++texts) list.push_back(text_of(*texts));
  return list;
}

OptionFacts option_of(const air_backend_option &option) {
  return {text_of(option.key), option.type,
          option.default_value == nullptr ? std::nullopt : std::optional(text_of(option.default_value)),
          texts_of(option.choices), text_of(option.text)};
}

std::vector<OptionFacts> options_of(const air_backend &backend) try {
  const PluginArray options(backend.options, backend.n_options, kMostItems, AIR_SIZE_UP_TO(air_backend_option, text),
                            "option");
  std::vector<OptionFacts> list;
  for (uint32_t i = 0; i < options.size(); ++i) list.push_back(option_of(options[i]));
  return list;
} catch (const Error &error) {
  refuse("its table: {}", error.what());
}

// ---- From a file

class Reader {
 public:
  void take(std::string_view line) {
    ++line_number_;
    const std::string_view text = trim(line);
    if (text.empty() || text.front() == '#') return;
    const size_t equal = std::min(text.find('='), text.size());
    const std::string_view key = trim(text.substr(0, equal));
    if (equal == text.size() || !is_word(key, "._")) {
      refuse("line {}: expected key = value, got \"{}\"", line_number_, excerpt(text, 60));
    }
    take(key, std::string(trim(text.substr(equal + 1))));
  }

  // A key that is not known is one of a later airunner.
  void take(std::string_view key, std::string value) {
    if (key == "abi") {
      take_abi(value);
    } else if (key == "name") {
      once(key, manifest.name, std::move(value));
    } else if (key == "version") {
      once(key, manifest.version, std::move(value));
    } else if (key == "description") {
      once(key, manifest.description, std::move(value));
    } else if (key == "scheme") {
      manifest.schemes.push_back(std::move(value));
    } else if (key == "pattern") {
      manifest.patterns.push_back(std::move(value));
    } else if (key == "option") {
      manifest.options.emplace_back().key = std::move(value);
    } else if (key.starts_with("option.")) {
      take_of_option(key.substr(key.find('.') + 1), std::move(value));
    }
  }

  Manifest manifest;

 private:
  void once(std::string_view key, std::string &into, std::string value) const {
    if (!into.empty()) refuse("line {}: {} stands there twice", line_number_, key);
    into = std::move(value);
  }

  void take_abi(const std::string &value) {
    const auto number = number_of(value);
    if (manifest.abi_version != 0 || !number || *number == 0 || *number > UINT32_MAX) {
      refuse("line {}: expected one abi = <number>, got {}", line_number_, printable(value));
    }
    manifest.abi_version = static_cast<uint32_t>(*number);
  }

  void take_of_option(std::string_view key, std::string value) {
    if (manifest.options.empty()) refuse("line {}: option.{} comes before any option", line_number_, key);
    OptionFacts &option = manifest.options.back();
    if (key == "type") {
      const auto *const type = std::ranges::find(kTypes, value);
      if (type == kTypes.end())
        refuse("line {}: expected one of {}, got {}", line_number_, fmt::join(kTypes, ", "), value);
      option.type = static_cast<air_option_type>(type - kTypes.begin());
    } else if (key == "default") {
      option.default_value = std::move(value);
    } else if (key == "choice") {
      option.choices.push_back(std::move(value));
    } else if (key == "text") {
      once("option.text", option.text, std::move(value));
    }
  }

  size_t line_number_ = 0;
};

}  // namespace

std::string misfit(const OptionFacts &option, std::string_view value) {
  switch (option.type) {
    case AIR_OPTION_NUMBER: {
      const auto number = number_of(value);
      const bool has_range = !option.choices.empty();
      const bool fits =
          number &&
          (!has_range || (*number >= *number_of(option.choices[0]) && *number <= *number_of(option.choices[1])));
      return fits        ? ""
             : has_range ? fmt::format("a number from {} to {}", option.choices[0], option.choices[1])
                         : "a number from 0";
    }
    case AIR_OPTION_FLAG:
      return value == "0" || value == "1" ? "" : "0 or 1";
    case AIR_OPTION_CHOICE:
      return std::ranges::find(option.choices, value) != option.choices.end()
                 ? ""
                 : fmt::format("one of {}", fmt::join(option.choices, ", "));
    default:
      return "";
  }
}

Manifest manifest_of(const air_backend &backend) {
  Manifest manifest{backend.abi_version,          text_of(backend.name),     text_of(backend.version),
                    text_of(backend.description), texts_of(backend.schemes), texts_of(backend.patterns),
                    options_of(backend)};
  check(manifest);
  return manifest;
}

Manifest parse_manifest(std::string_view text) {
  Reader reader;
  for (size_t begin = 0; begin < text.size();) {
    const size_t end = std::min(text.find('\n', begin), text.size());
    reader.take(text.substr(begin, end - begin));
    begin = end + 1;
  }
  const uint32_t abi = reader.manifest.abi_version;
  if (abi == 0) refuse("it has no abi");
  if (abi != AIR_BACKEND_ABI_VERSION) {
    refuse("the plugin was made for plugin ABI {}, this airunner has {}: rebuild it", abi, AIR_BACKEND_ABI_VERSION);
  }
  check(reader.manifest);
  return std::move(reader.manifest);
}

std::string difference(const Manifest &manifest, const Manifest &table) {
  const auto texts = [](const Manifest &told) {
    std::vector<std::string> keys;
    for (const OptionFacts &option : told.options) keys.push_back(option.key);
    return std::array<std::string, 7>{std::to_string(told.abi_version),
                                      told.name,
                                      told.version,
                                      told.description,
                                      fmt::format("{}", fmt::join(told.schemes, " ")),
                                      fmt::format("{}", fmt::join(told.patterns, " ")),
                                      fmt::format("{}", fmt::join(keys, " "))};
  };
  constexpr std::array kNames = {"plugin ABI", "name", "version", "description", "schemes", "patterns", "options"};
  const auto told = texts(manifest), real = texts(table);
  for (size_t i = 0; i < told.size(); ++i) {
    if (told[i] != real[i]) return fmt::format("{} \"{}\", the plugin says \"{}\"", kNames[i], told[i], real[i]);
  }
  const auto other = std::ranges::mismatch(manifest.options, table.options).in1;
  return other == manifest.options.end() ? "" : fmt::format("another description of the option {}", other->key);
}

}  // namespace air
