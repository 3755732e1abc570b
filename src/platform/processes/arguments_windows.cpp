// SPDX-License-Identifier: BSD-3-Clause
#include <windows.h>
// After the types of windows.h.
#include <shellapi.h>

#include <memory>

#include "platform/processes/arguments.h"
#include "platform/wide_text_windows.h"

namespace air {

std::vector<std::string> command_line_words(int argc, const char *const *argv) {
  int n = 0;
  const std::unique_ptr<wchar_t *, decltype(&LocalFree)> words(CommandLineToArgvW(GetCommandLineW(), &n), &LocalFree);
  if (words == nullptr) return {argv, argv + argc};
  std::vector<std::string> narrowed;
  for (int i = 0; i < n; ++i) narrowed.push_back(narrow(words.get()[i]));
  return narrowed;
}

}  // namespace air
