// SPDX-License-Identifier: BSD-3-Clause
// Backend `serial:`, `socket:`, `rfc2217:` and `board:`: boards and other targets that speak the aiValidation protocol.
#include <array>

#include "aivalidation/target.h"

namespace air::aivalidation {
namespace {

constexpr std::array<const char *, 6> kSchemes = {"serial", "socket", "tcp", "rfc2217", "board", nullptr};
// What claims() looks at. The empty text stands for the one board plugged in.
constexpr std::array<const char *, 7> kPatterns = {"", ":*", ":*/*", "/dev/*", "COM?*", "COM?*:*", nullptr};

constexpr std::array<const char *, 3> kVariants = {"a", "b", nullptr};
constexpr std::array<const char *, 3> kBauds = {"1", "20000000", nullptr};
constexpr std::array<const char *, 3> kPackets = {"32", "4094", nullptr};
constexpr std::array<const char *, 3> kAheads = {"1", "1024", nullptr};

constexpr air_backend_option option(const char *key, air_option_type type, const char *const *choices,
                                    const char *text) {
  return {.struct_size = sizeof(air_backend_option), .type = type, .key = key, .choices = choices, .text = text};
}

constexpr std::array kOptions = {
    option("baud", AIR_OPTION_NUMBER, kBauds.data(), "serial and rfc2217: baud rate; 115200 where none is given"),
    option("variant", AIR_OPTION_CHOICE, kVariants.data(),
           "flavour of the link, one or two header bytes, to try first; found out when not given"),
    option("packet", AIR_OPTION_NUMBER, kPackets.data(),
           "packet size at which a former client may have left the target"),
    option("ahead", AIR_OPTION_NUMBER, kAheads.data(),
           "TCP, targets that buffer: packets sent at a time without waiting for the sync byte of each"),
    option("counters", AIR_OPTION_TEXT, nullptr,
           "STM32N6: what each run layer by layer counts of the NPU; some of npu, streng, port, cache with commas"),
    option("timeout", AIR_OPTION_TEXT, nullptr,
           "limit of every single wait for the target, in seconds, such as 2.5; 0.001 to 86400"),
};

}  // namespace

constexpr backend::Facts Target::facts = {
    .name = "aivalidation",
    .version = AIR_VERSION_TEXT,
    .description = "boards with the aiValidation firmware, over a serial port or TCP, or emulated",
    .schemes = kSchemes.data(),
    .patterns = kPatterns.data(),
    .options = kOptions,
};

}  // namespace air::aivalidation

AIR_BACKEND(air::aivalidation::Target)
