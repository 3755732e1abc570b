// SPDX-License-Identifier: BSD-3-Clause
// How a page looks, and its one script. The page is complete without the script, which only sorts tables.
#pragma once

namespace air::report {

extern const char *const kHtmlStyle;
extern const char *const kHtmlScript;
// SHA-256 of kHtmlScript: the page's policy lets no other script run. When they differ a test tells the right one.
extern const char *const kHtmlScriptHash;

}  // namespace air::report
