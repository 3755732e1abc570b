// SPDX-License-Identifier: BSD-3-Clause
// What a plugin says of itself: in its table, and in the manifest beside it, which tells it without loading the plugin.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "airunner_backend.h"

namespace air {

struct OptionFacts {
  std::string key;  // one that ends in '*' stands for all keys that begin so
  air_option_type type = AIR_OPTION_TEXT;
  std::optional<std::string> default_value;
  std::vector<std::string> choices;  // of a number: none, or the smallest and the largest
  std::string text;

  bool operator==(const OptionFacts &) const = default;
};

struct Manifest {
  uint32_t abi_version = 0;
  std::string name;
  std::string version;
  std::string description;
  std::vector<std::string> schemes;
  std::vector<std::string> patterns;
  std::vector<OptionFacts> options;

  bool operator==(const Manifest &) const = default;
};

// Of a table with its required entries. Checked; throws AIR_ERROR_INCOMPATIBLE, naming the entry that is wrong.
Manifest manifest_of(const air_backend &backend);

// Lines "key = value". Throws AIR_ERROR_INCOMPATIBLE, naming the line or the key that is missing.
Manifest parse_manifest(std::string_view text);

// The first thing that the plugin does not say as its manifest does, for people; "" when both say the same.
std::string difference(const Manifest &manifest, const Manifest &table);

// What a value would have to be to fit an option, "a number from 1 to 8"; "" when it fits.
std::string misfit(const OptionFacts &option, std::string_view value);

}  // namespace air
