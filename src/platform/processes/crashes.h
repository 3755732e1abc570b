// SPDX-License-Identifier: BSD-3-Clause
// Crashes of this process, told before they end it.
#pragma once

namespace air {

// From now on `tell` is called, once, where the process crashes: with "segmentation fault" and the like. It may take neither memory nor
// locks. Whoever else watches for crashes already, such as a sanitizer, goes first.
void tell_crashes_by(void (*tell)(const char *what));

}  // namespace air
