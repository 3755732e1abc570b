// SPDX-License-Identifier: BSD-3-Clause
// SIGINT, SIGTERM and SIGHUP: end the server cleanly; a second one ends it at once.
#include "server/shutdown.h"

#include <cstdlib>
#include <new>

namespace air::server {

Shutdown::Shutdown() : token_(air_make_token()) {
  if (!token_) throw std::bad_alloc();
  watch_.emplace([this](int number) { on_signal(number); });
}

void Shutdown::on_signal(int number) const {
  if (requested()) std::_Exit(kKilledBySignal + number);
  air_cancel(token());
  event_.set();
}

}  // namespace air::server
