// SPDX-License-Identifier: BSD-3-Clause
// A process cannot become another program here: it waits for it.
#include <process.h>
#include <windows.h>

#include <array>
#include <cerrno>
#include <string>
#include <system_error>

#include "platform/processes/other_program.h"
#include "platform/processes/quoted_word_windows.h"
#include "platform/wide_text_windows.h"

namespace air {
namespace {

// The C library and Windows would look into the current folder first.
std::wstring found_in_path(const std::wstring &name) {
  if (name.find_first_of(L"\\/:") != std::wstring::npos) return name;
  const wchar_t *folders = _wgetenv(L"PATH");
  std::array<wchar_t, 32768> path;  // the longest that Windows knows
  const DWORD n = folders == nullptr ? 0
                                     : SearchPathW(folders, name.c_str(), L".exe", static_cast<DWORD>(path.size()),
                                                   path.data(), nullptr);
  if (n == 0 || n >= path.size()) throw std::system_error(ENOENT, std::generic_category(), narrow(name));
  return std::wstring(path.data(), n);
}

// What the shop's placeholders for programs that are not installed answer.
constexpr int kNotInstalled = 9009;

}  // namespace

int become_program(const std::string &name, const std::vector<std::string> &words) {
  const std::wstring program = found_in_path(wide(name));
  std::vector<std::wstring> quoted_words = {quoted(program)};
  for (const std::string &word : words) quoted_words.push_back(quoted(wide(word)));
  std::vector<const wchar_t *> arguments;
  for (const std::wstring &word : quoted_words) arguments.push_back(word.c_str());
  arguments.push_back(nullptr);
  // Ctrl-C is said to both, and is the other one's.
  SetConsoleCtrlHandler([](DWORD) -> BOOL { return TRUE; }, TRUE);
  const intptr_t code = _wspawnv(_P_WAIT, program.c_str(), arguments.data());
  if (code == -1) throw std::system_error(errno, std::generic_category(), name);
  if (code == kNotInstalled) throw std::system_error(ENOENT, std::generic_category(), name);
  return static_cast<int>(code);
}

}  // namespace air
