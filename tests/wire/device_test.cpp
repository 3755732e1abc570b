// SPDX-License-Identifier: BSD-3-Clause
// Devices.
#include <doctest/doctest.h>

#include "wire/device.h"

namespace air::wire {
namespace {

using Texts = std::vector<std::string>;

Texts attributes(uint32_t cache, uint32_t devid = 0x450) {
  return device_attributes({devid, 0, 0, cache, 0, {}}, {});
}

}  // namespace

TEST_CASE("devices have names and families") {
  CHECK(std::string(device_name(0x155)) == "Corstone SSE-300 FVP");
  CHECK(std::string(device_name(0x486)) == "STM32N6xx");
  CHECK(std::string(device_name(0x47B)) == "STM32H7Pxxx");
  CHECK(std::string(device_name(0x450)) == "STM32H743/53/50xx and STM32H745/55/47/57xx");
  CHECK(std::string(device_name(0x2A47)) == "SR6P7G7");
  CHECK(std::string(device_name(0x456)) == "STM32G051/61");
  CHECK(std::string(device_name(0)) == "UNKNOW");
  CHECK(std::string(device_name(0xFFFFFFFF)) == "UNKNOW");
  CHECK(std::string(device_family(0x2511)) == "stellar");
  CHECK(std::string(device_family(0x486)) == "stm32");
  CHECK(std::string(device_family(0xFFFF)) == "stm32");
  CHECK(device_id_text(0x47B) == "0x47B - STM32H7Pxxx");
}

TEST_CASE("the description has rounded clocks") {
  CHECK(device_description({0x486, 800000000, 400000000, 0, 0, {}}) == "stm32 family - 0x486 - STM32N6xx @800/400MHz");
  CHECK(device_description({0x1, 999600000, 1400000, 0, 0, {}}) == "stm32 family - 0x1 - UNKNOW @1000/1MHz");
}

TEST_CASE("the cache word is told by series") {
  CHECK(attributes(0) == Texts{"no_fpu"});
  CHECK(attributes(1u << 16 | 1u << 24 | 5) == Texts{"fpu", "art_lat=5"});
  CHECK(attributes(1u << 24 | 0x700) == Texts{"no_fpu", "art_lat=0", "art_prefetch", "art_icache", "art_dcache"});
  CHECK(attributes(2u << 24 | 1u << 16 | 0xF07) ==
        Texts{"fpu", "art_lat=7", "core_icache", "core_dcache", "art_prefetch", "art_en"});
  CHECK(attributes(3u << 24 | 1u << 16 | 0xC04) == Texts{"fpu", "art_lat=4", "core_icache", "core_dcache"});
  CHECK(attributes(4u << 24 | 0xF04) == Texts{"no_fpu", "icache"});
  CHECK(attributes(5u << 24 | 1u << 16 | 0xC01) == Texts{"fpu", "core_icache", "core_dcache", "npu_cache"});
  CHECK(attributes(6u << 24 | 0x400) == Texts{"no_fpu", "art_lat=0", "core_icache"});
  CHECK(attributes(0xFFFFFFFF) == Texts{"fpu", "art_lat=255"});
}

TEST_CASE("a neural processor tells its clocks by configuration logs, else by extra words") {
  SysInfo info{0x486, 800000000, 400000000, 5u << 24 | 1u << 16, 0, {0, 1000000000, 900000000, 0}};
  CHECK(device_attributes(info, {}) == Texts{"fpu", "npu_freq=1000MHz", "nic_freq=900MHz"});
  info.extra = {0, 1000000000};
  CHECK(device_attributes(info, {}) == Texts{"fpu"});
  const Texts config = {"version:1.0", "dev_id:0x486", "mcu_freq:800000000", "npu_freq:1000000000", "npu_cache:1"};
  CHECK(device_attributes(info, config) == Texts{"fpu", "npu_cache=1", "mcu_freq=800MHz", "npu_freq=1000MHz"});
  CHECK(device_attributes(info, Texts{"noc_freq:", "odd", "x_freq:12x"}) ==
        Texts{"fpu", "npu_cache=0", "noc_freq=0MHz", "x_freq=0MHz"});
  // Other devices do not look at either.
  info.devid = 0x450;
  CHECK(device_attributes(info, config) == Texts{"fpu"});
}

TEST_CASE("extras are the configuration logs and the names") {
  CHECK(device_extras({0x486, 0, 0, 0, 0, {}}, Texts{"version:1.0"}) ==
        Texts{"version:1.0", "dev_family:stm32", "dev_desc:0x486 - STM32N6xx"});
}

}  // namespace air::wire
