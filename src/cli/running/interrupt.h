// SPDX-License-Identifier: BSD-3-Clause
// Ctrl-C, and a terminal that goes away: end what the command waits for cleanly, or the program where it waits for nothing.
#pragma once

#include "airunner.h"
#include "platform/streams/noise.h"

namespace air::cli {

// The token of the command. From here on SIGINT and SIGHUP cancel it, unless they are ignored.
air_token *cancelled_by_signals();

// As long as one lives, calls that have the token are made. Without one, and the second time, Ctrl-C ends the program at once; SIGHUP does
// not: there may be results to keep. What is printed meanwhile is noise.
class Waiting {
 public:
  Waiting();
  ~Waiting();
  Waiting(const Waiting &) = delete;
  Waiting &operator=(const Waiting &) = delete;

 private:
  NoiseToStderr noise_;
};

}  // namespace air::cli
