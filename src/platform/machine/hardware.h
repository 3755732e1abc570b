// SPDX-License-Identifier: BSD-3-Clause
// What each POSIX system has for machine.h.
#pragma once

#include <string>

namespace air {

// Of the first processor; "" where the system does not name it.
std::string processor_name();

}  // namespace air
