// SPDX-License-Identifier: BSD-3-Clause
// A word of a command line, as programs of Windows take it apart.
#pragma once

#include <string>
#include <string_view>

namespace air {

// Backslashes count where a quotation mark follows.
inline std::wstring quoted(std::wstring_view word) {
  std::wstring text = L"\"";
  size_t n_backslashes = 0;
  for (const wchar_t c : word) {
    if (c == L'"') text.append(n_backslashes + 1, L'\\');
    n_backslashes = c == L'\\' ? n_backslashes + 1 : 0;
    text += c;
  }
  return text.append(n_backslashes, L'\\') + L'"';
}

}  // namespace air
