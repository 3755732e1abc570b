// SPDX-License-Identifier: BSD-3-Clause
// Standard output carries the result and nothing else: what models, runtimes and plugins print goes to standard error.
#include <cstdio>

#include "platform/streams/noise.h"
#include "platform/streams/streams_windows.h"

namespace air {

NoiseToStderr::NoiseToStderr() : stdout_(copy_of_stream(kStandardOutput)) {
  if (stdout_.is_open()) lead_stream(kStandardOutput, stream_handle(kStandardError));
}

NoiseToStderr::~NoiseToStderr() {
  if (!stdout_.is_open()) return;
  std::fflush(stdout);  // what was printed and is still kept
  lead_stream(kStandardOutput, stdout_.get());
}

}  // namespace air
