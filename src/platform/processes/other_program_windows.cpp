// SPDX-License-Identifier: BSD-3-Clause
// A process cannot become another program here: it waits for it.
#include <process.h>
#include <windows.h>

#include <cerrno>
#include <system_error>

#include "platform/processes/other_program.h"
#include "platform/processes/quoted_word_windows.h"
#include "platform/wide_text_windows.h"

namespace air {

int become_program(const std::string &name, const std::vector<std::string> &words) {
  std::vector<std::wstring> quoted_words = {quoted(wide(name))};
  for (const std::string &word : words) quoted_words.push_back(quoted(wide(word)));
  std::vector<const wchar_t *> arguments;
  for (const std::wstring &word : quoted_words) arguments.push_back(word.c_str());
  arguments.push_back(nullptr);
  // Ctrl-C is said to both, and is the other one's.
  SetConsoleCtrlHandler([](DWORD) -> BOOL { return TRUE; }, TRUE);
  const intptr_t code = _wspawnvp(_P_WAIT, wide(name).c_str(), arguments.data());
  if (code == -1) throw std::system_error(errno, std::generic_category(), name);
  return static_cast<int>(code);
}

}  // namespace air
