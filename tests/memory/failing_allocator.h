// SPDX-License-Identifier: BSD-3-Clause
// An allocator that fails when told to. A program that links this library has it in place of the C library's.
#pragma once

struct Injected {
  long seen;    // allocations that could have failed
  long failed;  // those that did
};

// From now on the at-th allocation of this thread fails, counted from 1; sticky: and all after it.
void fail_allocations(long at, bool sticky);
// This thread instead of the one that called fail_allocations(), which waits.
void fail_this_thread();
// Back to normal; tells what happened since.
Injected stop_failing();
