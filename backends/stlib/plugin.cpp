// SPDX-License-Identifier: BSD-3-Clause
// What this backend is.
#include "stlib/connection.h"
#include "stlib/options.h"

namespace air::stlib {
namespace {

constexpr const char *kSchemes[] = {"file", "lib", nullptr};
// A folder may have any name.
constexpr const char *kPatterns[] = {"*", nullptr};

}  // namespace

constexpr backend::Facts Connection::facts = {
    .name = "stlib",
    .version = AIR_VERSION_TEXT,
    .description = "host libraries of ST Edge AI / X-CUBE-AI, st-ai and legacy API",
    .schemes = kSchemes,
    .patterns = kPatterns,
    .options = kOptions,
};

}  // namespace air::stlib

AIR_BACKEND(air::stlib::Connection)
