// SPDX-License-Identifier: BSD-3-Clause
// An allocator that fails when told to: a library to preload, and to link for its functions.
#pragma once

struct Injected {
  long seen;    // allocations that could have failed
  long failed;  // those that did
};

// From now on the at-th allocation of this thread fails, counted from 1; sticky: and all after it.
void fail_allocations(long at, bool sticky);
// Back to normal; tells what happened since.
Injected stop_failing();
// Of the whole process, for leaks.
long live_allocations();
