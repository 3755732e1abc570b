// SPDX-License-Identifier: BSD-3-Clause
// Loads a plugin or library in a process of its own: one that crashes, hangs or exits harms nobody.
#pragma once

#include <string>

#include "airunner.h"

namespace air::cli {

// The exit code of `airunner load [--library] FILE`, which is what the process runs: no plugin that ends it gives this one.
constexpr int kLoaded = 77;

enum class Loads { kPlugin, kLibrary };  // a library may be a name without a folder, for the system's loader

// What the file did to that process, "crashes when it is loaded: ..."; "" when it was loaded, or refused, and nothing happened.
// Throws Failure when the token is cancelled.
std::string harm_of_loading(const std::string &file, Loads what, const air_token *token);

}  // namespace air::cli
