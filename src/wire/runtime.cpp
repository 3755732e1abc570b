// SPDX-License-Identifier: BSD-3-Clause
// Runtimes, versions, capabilities.
#include "wire/runtime.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "airunner.h"
#include "common/ascii.h"
#include "wire/constants.h"

namespace air::wire {
namespace {

struct RuntimeNames {
  const char *name;
  const char *api;  // without flags
};

RuntimeNames names_of(uint32_t rtid) {
  switch (rtid & kRuntimeMask) {
    case kRuntimeStAi:
      return {"ST.AI", "legacy"};
    case kRuntimeTflm:
      return {"TFLM", "tflm"};
    case kRuntimeTvm:
      return {"TVM", ""};
    case kRuntimeNeuralArt:
      return {"ST Neural ART", "LL_ATON"};
    case kRuntimeGlow:
      return {"GLOW", ""};
    case kRuntimeStAiReloc:
      return {"ST.AI/RELOC", "legacy"};
    default:
      return {"undefined", ""};
  }
}

std::vector<std::string_view> split_words(std::string_view text) {
  constexpr std::string_view blanks = " \t\r\n\v\f";
  std::vector<std::string_view> words;
  for (;;) {
    text.remove_prefix(std::min(text.find_first_not_of(blanks), text.size()));
    if (text.empty()) return words;
    words.push_back(text.substr(0, text.find_first_of(blanks)));
    text.remove_prefix(words.back().size());
  }
}

// "-1f" for "0000001F"; empty for a word that is no hexadecimal number.
std::string build_suffix(std::string_view word) {
  if (word.starts_with("0x") || word.starts_with("0X")) word.remove_prefix(2);
  if (word.empty() || word.find_first_not_of("0123456789abcdefABCDEF") != std::string_view::npos) return "";
  word.remove_prefix(std::min(word.find_first_not_of('0'), word.size() - 1));
  return "-" + ascii_lower(word);
}

struct CapabilityPair {
  uint32_t target;
  uint32_t air;
};

constexpr CapabilityPair kCapabilities[] = {{kCapObserver, AIR_CAP_PER_LAYER | AIR_CAP_PER_LAYER_DATA},
                                            {kCapSelfTest, AIR_CAP_SELF_TEST},
                                            {kCapReloc, AIR_CAP_RELOC},
                                            {kCapReadWrite, AIR_CAP_MEMORY_RW},
                                            {kCapUsbc, AIR_CAP_USBC}};

}  // namespace

std::string runtime_name(uint32_t rtid) {
  const auto [name, default_api] = names_of(rtid);
  const uint32_t flags = rtid >> kRtidApiShift & 0xFF;
  std::string api = (flags & kApiStAi) != 0 ? "st-ai" : default_api;
  if ((flags & kApiReloc) != 0) api += "+reloc";
  if ((flags & kApiLite) != 0) api = "+lite";
  return fmt::format("{} ({} api)", name, api);
}

const char *toolchain_name(uint32_t rtid) {
  switch (rtid >> kRtidToolShift & 0xFF) {
    case kToolGcc:
      return "GCC";
    case kToolIar:
      return "IAR";
    case kToolAc5:
      return "AC5";
    case kToolAc6:
      return "AC6";
    case kToolHtc:
      return "HTC";
    case kToolGhs:
      return "GHS";
    default:
      return "<undef>";
  }
}

std::string runtime_description(uint32_t rtid, uint32_t runtime_version, std::string_view runtime_desc) {
  std::vector<std::string_view> words = split_words(runtime_desc);
  const std::string build = words.empty() ? "" : build_suffix(words.back());
  std::string desc(runtime_desc);
  if (!build.empty()) {
    words.pop_back();
    desc = fmt::format("{}", fmt::join(words, " "));
  }
  const Version version = decode_version(runtime_version);
  const std::string number = fmt::format("v{}{}", fmt::join(version, "."), build);
  const char *tool = toolchain_name(rtid);
  switch (rtid & kRuntimeMask) {
    case kRuntimeTflm:
      return fmt::format("{} from {} ({})", number, desc, tool);
    case kRuntimeNeuralArt:
      return fmt::format("{} (optimized SW lib {} {})", desc, number, tool);
    default:
      return fmt::format("{} compiled with {} ({})", number, desc, tool);
  }
}

Version decode_version(uint32_t word) {
  return {word >> 24, word >> 16 & 0xFF, word >> 8 & 0xFF};
}

uint32_t encode_version(const Version &version) {
  return (version[0] & 0xFF) << 24 | (version[1] & 0xFF) << 16 | (version[2] & 0xFF) << 8;
}

uint32_t capabilities(uint32_t sync_capability) {
  uint32_t result = 0;
  for (const CapabilityPair &pair : kCapabilities) result |= (sync_capability & pair.target) != 0 ? pair.air : 0;
  return result;
}

uint32_t sync_capability(uint32_t air_capabilities) {
  uint32_t result = 0;
  for (const CapabilityPair &pair : kCapabilities) {
    result |= (air_capabilities & pair.air) == pair.air ? pair.target : 0;
  }
  return result;
}

}  // namespace air::wire
