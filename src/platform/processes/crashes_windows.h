// SPDX-License-Identifier: BSD-3-Clause
// What the files about crashes have in common.
#pragma once

namespace air {

// "segmentation fault" and the like, of an exception's code or the exit code of who was ended by one; NULL: it is none.
const char *crash_name(unsigned long code) noexcept;

}  // namespace air
