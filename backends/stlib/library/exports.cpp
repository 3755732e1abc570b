// SPDX-License-Identifier: BSD-3-Clause
// Which models a library has: the symbols that it exports, and what their names tell.
#include "stlib/library/exports.h"

#include <algorithm>
#include <array>
#include <set>
#include <string_view>

#include "common/error.h"
#include "platform/libraries/library_file.h"

namespace air::stlib {
namespace {

// The text between a prefix and a suffix, or "".
std::string between(std::string_view text, std::string_view prefix, std::string_view suffix) {
  if (text.size() <= prefix.size() + suffix.size() || !text.starts_with(prefix) || !text.ends_with(suffix)) return {};
  return std::string(text.substr(prefix.size(), text.size() - prefix.size() - suffix.size()));
}

}  // namespace

std::vector<std::string> read_exports(std::span<const std::byte> file, const std::string &path) {
  try {
    return library_exports(file);
  } catch (const BadLibrary &bad) {
    fail(AIR_ERROR_INVALID_MODEL, "'{}' is not a usable model library: {}", path, bad.what());
  }
}

std::vector<std::string> find_c_names(const std::vector<std::string> &exports) {
  struct Flavour {
    std::string_view prefix;
    std::array<std::string_view, 3> functions;
  };
  // `ai_platform_network_create` is exported by real libraries and is no model: all three have to be there.
  static constexpr Flavour kFlavours[] = {{"ai_", {"_create", "_run", "_data_params_get"}},
                                          {"stai_", {"_get_context_size", "_init", "_run"}}};
  const std::set<std::string> known(exports.begin(), exports.end());
  std::set<std::string> names;
  for (const Flavour &flavour : kFlavours) {
    for (const std::string &symbol : exports) {
      const std::string name = between(symbol, flavour.prefix, flavour.functions[0]);
      const auto exported = [&](std::string_view function) {
        return known.contains(fmt::format("{}{}{}", flavour.prefix, name, function));
      };
      if (!name.empty() && std::all_of(flavour.functions.begin(), flavour.functions.end(), exported))
        names.insert(name);
    }
  }
  return {names.begin(), names.end()};
}

}  // namespace air::stlib
