// SPDX-License-Identifier: BSD-3-Clause
// Loads a plugin in a process of its own: one that crashes, hangs or exits harms nobody.
#pragma once

#include <string>

#include "airunner.h"

namespace air::cli {

// The exit code of `airunner load FILE`, which is what the process runs: no plugin that ends it gives this one.
constexpr int kLoaded = 77;

// A name without a folder is a library for the system's loader instead.
//
// What the plugin did to that process, "crashes when it is loaded: ..."; "" when it was loaded, or refused, and nothing happened.
// Throws Failure when the token is cancelled.
std::string harm_of_loading(const std::string &plugin, const air_token *token);

}  // namespace air::cli
