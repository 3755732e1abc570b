// SPDX-License-Identifier: BSD-3-Clause
// Options of descriptors, checked against those that a plugin declares.
#include "core/plugins/options.h"

#include <fmt/ranges.h>

#include <algorithm>

#include "common/nearest.h"
#include "core/error.h"

namespace air {
namespace {

bool is_of(const OptionFacts &option, std::string_view key) {
  const std::string_view own = option.key;
  if (!own.ends_with('*')) return key == own;
  const std::string_view begin = own.substr(0, own.size() - 1);
  return key.size() > begin.size() && key.starts_with(begin);
}

[[noreturn]] void refuse_key(const Plugin &plugin, const std::string &key) {
  std::vector<std::string> keys;
  for (const OptionFacts &option : plugin.manifest().options) keys.push_back(option.key);
  if (keys.empty()) fail(AIR_ERROR_INVALID_DESCRIPTOR, "unknown option {}: backend {} has none", key, plugin.name());
  fail(AIR_ERROR_INVALID_DESCRIPTOR, "unknown option {}{}: backend {} has {}", key, did_you_mean(key, keys),
       plugin.name(), fmt::join(keys, ", "));
}

}  // namespace

KeyValues complete_options(const Plugin &plugin, const KeyValues &given) {
  const std::vector<OptionFacts> &known = plugin.manifest().options;
  for (const auto &[key, value] : given) {
    const auto option =
        std::ranges::find_if(known, [&given_key = key](const OptionFacts &each) { return is_of(each, given_key); });
    if (option == known.end()) refuse_key(plugin, key);
    if (const std::string expected = misfit(*option, value); !expected.empty()) {
      fail(AIR_ERROR_INVALID_DESCRIPTOR, "option {}={}: expected {}", key, value, expected);
    }
  }
  KeyValues complete = given;
  for (const OptionFacts &option : known) {
    const auto is_given = [&](const auto &pair) { return pair.first == option.key; };
    if (option.default_value && std::ranges::none_of(given, is_given)) {
      complete.emplace_back(option.key, *option.default_value);
    }
  }
  return complete;
}

KeyValues telling_options(const Plugin &plugin, const KeyValues &complete) {
  KeyValues telling = complete;
  std::erase_if(telling, [&](const auto &pair) {
    return std::ranges::any_of(plugin.manifest().options, [&](const OptionFacts &option) {
      return option.key == pair.first && option.default_value == pair.second;
    });
  });
  return telling;
}

}  // namespace air
