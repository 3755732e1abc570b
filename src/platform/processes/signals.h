// SPDX-License-Identifier: BSD-3-Clause
// What is said to a program from outside: that it is to end.
#pragma once

namespace air {

// From now on `handler` is called in the midst of whatever runs: `by_user` on Ctrl-C or SIGTERM, once more where the program has not ended 5 s after
// the latter; else because the terminal goes away. Not where the program was started so that these do not reach it.
void call_when_interrupted(void (*handler)(bool by_user));

}  // namespace air
