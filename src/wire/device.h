// SPDX-License-Identifier: BSD-3-Clause
// What a target's ids, clocks and cache word say about the device.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "wire/messages.h"

namespace air::wire {

// "STM32N6xx"; "UNKNOW" for an id that is not known.
const char *device_name(uint32_t devid);
// "stellar" or "stm32".
const char *device_family(uint32_t devid);
// "0x486 - STM32N6xx".
std::string device_id_text(uint32_t devid);
// "stm32 family - 0x486 - STM32N6xx @800/400MHz".
std::string device_description(const SysInfo &info);

// "fpu", "art_lat=5", "core_icache", ... `config` are the configuration logs of the model ("npu_freq:1000000000"), in order of arrival.
std::vector<std::string> device_attributes(const SysInfo &info, std::span<const std::string> config);

// `config` as they came, then "dev_family:..." and "dev_desc:...".
std::vector<std::string> device_extras(const SysInfo &info, std::span<const std::string> config);

}  // namespace air::wire
