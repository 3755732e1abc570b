// SPDX-License-Identifier: BSD-3-Clause
// Devices: their table, and the words about clocks and caches.
#include "wire/device.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <iterator>
#include <string_view>

namespace air::wire {
namespace {

struct Device {
  uint32_t id;
  const char *name;
};

// Sorted by id. The Stellar family begins at kFirstStellar.
constexpr uint32_t kFirstStellar = 0x2511;
constexpr Device kDevices[] = {
    {0x155, "Corstone SSE-300 FVP"},
    {0x185, "Corstone SSE-310"},
    {0x186, "Corstone SSE-315"},
    {0x187, "Corstone SSE-320"},
    {0x413, "STM32F4x"},
    {0x415, "STM32L4x6xx"},
    {0x417, "STM32L0x3"},
    {0x419, "STM32F4x7"},
    {0x421, "STM32F446"},
    {0x422, "STM32F30xB/C"},
    {0x423, "STM32F401xB/C"},
    {0x425, "STM32L0x2"},
    {0x42A, "STM32U3xx"},
    {0x431, "STM32F411xC/E"},
    {0x432, "STM32F37x"},
    {0x433, "STM32F401xD/E"},
    {0x434, "STM32F469"},
    {0x435, "STM32L43xxx"},
    {0x438, "STM32F30x/F33x"},
    {0x439, "STM32F301"},
    {0x440, "STM32F03x/F05x"},
    {0x441, "STM32F412"},
    {0x442, "STM32F091"},
    {0x444, "STM32F03x"},
    {0x445, "STM32F04x"},
    {0x446, "STM32F303D/E"},
    {0x447, "STM32L0x5"},
    {0x448, "STM32F07x"},
    {0x449, "STM32F746"},
    {0x450, "STM32H743/53/50xx and STM32H745/55/47/57xx"},
    {0x451, "STM32F76x/F77x"},
    {0x452, "STM32F72x/F73x"},
    {0x456, "STM32G051/61"},
    {0x457, "STM32L0x1"},
    {0x458, "STM32F410"},
    {0x460, "STM32G07x/8x"},
    {0x461, "STM32L49xxx"},
    {0x462, "STM32L45xxx"},
    {0x463, "STM32F413"},
    {0x464, "STM32L4x2"},
    {0x466, "STM32G031/41"},
    {0x467, "STM32G0B1/C1"},
    {0x468, "STM32G454"},
    {0x469, "STM32G474"},
    {0x470, "STM32L4R/S"},
    {0x471, "STM32L4Q"},
    {0x472, "STM32L5[5,6]2xx"},
    {0x474, "STM32H503"},
    {0x479, "STM32G491"},
    {0x47B, "STM32H7Pxxx"},
    {0x480, "STM32H7A/7B"},
    {0x482, "STM32U575/585"},
    {0x483, "STM32H7[2,3]x"},
    {0x484, "STM32H5x"},
    {0x485, "STM32H7[R,]Sxx"},
    {0x486, "STM32N6xx"},
    {0x494, "STM32WB1"},
    {0x495, "STM32WBxx"},
    {0x497, "STM32WLx"},
    {0x499, "STM32V8xx"},
    {0x500, "STM32MP1"},
    {0x2511, "SR5E1"},
    {0x2633, "SR6G3"},
    {0x2636, "SR6G6"},
    {0x2637, "SR6G7"},
    {0x2643, "SR6P3"},
    {0x2646, "SR6P6"},
    {0x2647, "SR6P7"},
    {0x2663, "SR6P3E"},
    {0x2A47, "SR6P7G7"},
};

// Bits 31..24 of the cache word.
enum Series : uint32_t { kUnknown = 0, kF4 = 1, kF7 = 2, kH7 = 3, kL5 = 4, kN6 = 5, kStellar = 6 };

struct Attribute {
  uint32_t bit;
  const char *name;
};

void add_set_bits(uint32_t cache, std::initializer_list<Attribute> attributes, std::vector<std::string> &out) {
  for (const Attribute &attribute : attributes) {
    if ((cache >> attribute.bit & 1) != 0) out.emplace_back(attribute.name);
  }
}

void add_caches(uint32_t cache, std::vector<std::string> &out) {
  const uint32_t series = cache >> 24;
  if (series != kUnknown && series != kL5 && series != kN6) out.push_back(fmt::format("art_lat={}", cache & 0xFF));
  if (series == kF4) add_set_bits(cache, {{8, "art_prefetch"}, {9, "art_icache"}, {10, "art_dcache"}}, out);
  if (series == kF7 || series == kH7 || series == kN6 || series == kStellar) {
    add_set_bits(cache, {{10, "core_icache"}, {11, "core_dcache"}}, out);
  }
  if (series == kF7) add_set_bits(cache, {{8, "art_prefetch"}, {9, "art_en"}}, out);
  if (series == kL5) add_set_bits(cache, {{9, "icache"}}, out);
  if (series == kN6) add_set_bits(cache, {{0, "npu_cache"}}, out);
}

double to_mhz(uint64_t hz) {
  return static_cast<double>(hz) / 1e6;
}

uint64_t to_number(std::string_view text) {
  uint64_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

struct Setting {
  std::string_view key;
  std::string_view value;
};

Setting split(std::string_view config) {
  const size_t colon = config.find(':');
  if (colon == std::string_view::npos) return {config, {}};
  return {config.substr(0, colon), config.substr(colon + 1)};
}

// Devices with a neural processor report its cache and clocks by configuration logs.
void add_config(std::span<const std::string> config, std::vector<std::string> &out) {
  uint64_t npu_cache = 0;
  for (const std::string &line : config) {
    if (split(line).key == "npu_cache") npu_cache = to_number(split(line).value);
  }
  out.push_back(fmt::format("npu_cache={}", npu_cache));
  for (const std::string &line : config) {
    const auto [key, value] = split(line);
    if (key.find("freq") != std::string_view::npos)
      out.push_back(fmt::format("{}={:.0f}MHz", key, to_mhz(to_number(value))));
  }
}

}  // namespace

const char *device_name(uint32_t devid) {
  const auto *found = std::lower_bound(std::begin(kDevices), std::end(kDevices), devid,
                                       [](const Device &device, uint32_t id) { return device.id < id; });
  return found != std::end(kDevices) && found->id == devid ? found->name : "UNKNOW";
}

const char *device_family(uint32_t devid) {
  const bool known = std::string_view(device_name(devid)) != "UNKNOW";
  return known && devid >= kFirstStellar ? "stellar" : "stm32";
}

std::string device_id_text(uint32_t devid) {
  return fmt::format("0x{:X} - {}", devid, device_name(devid));
}

std::string device_description(const SysInfo &info) {
  return fmt::format("{} family - {} @{:.0f}/{:.0f}MHz", device_family(info.devid), device_id_text(info.devid),
                     to_mhz(info.sclock), to_mhz(info.hclock));
}

std::vector<std::string> device_attributes(const SysInfo &info, std::span<const std::string> config) {
  std::vector<std::string> result;
  result.emplace_back((info.cache >> 16 & 1) != 0 ? "fpu" : "no_fpu");
  add_caches(info.cache, result);
  const bool has_npu = info.devid == 0x486 || info.devid == 0x47B || info.devid == 0x2663;
  if (!has_npu) return result;
  if (!config.empty()) {
    add_config(config, result);
  } else if (info.extra.size() >= 3) {
    result.push_back(fmt::format("npu_freq={:.0f}MHz", to_mhz(info.extra[1])));
    result.push_back(fmt::format("nic_freq={:.0f}MHz", to_mhz(info.extra[2])));
  }
  return result;
}

std::vector<std::string> device_extras(const SysInfo &info, std::span<const std::string> config) {
  std::vector<std::string> result(config.begin(), config.end());
  result.push_back(fmt::format("dev_family:{}", device_family(info.devid)));
  result.push_back(fmt::format("dev_desc:{}", device_id_text(info.devid)));
  return result;
}

}  // namespace air::wire
