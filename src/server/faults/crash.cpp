// SPDX-License-Identifier: BSD-3-Clause
// When a model brings the server down, the last line says which one it was.
#include "server/faults/crash.h"

#include <atomic>
#include <cstdlib>
#include <initializer_list>

#include "platform/processes/crashes.h"
#include "platform/streams/streams.h"

namespace air::server {
namespace {

std::atomic<const char *> g_model{nullptr};
const char *g_advice = "";

// Of a signal handler: no memory, no locks.
void tell(std::initializer_list<const char *> what) {
  const char *model = g_model.exchange(nullptr);
  if (model == nullptr) return;
  for (const char *part : {"airunner serve: the model ", model}) print_last_words(part);
  for (const char *part : what) print_last_words(part);
  for (const char *part : {g_advice, "\n"}) print_last_words(part);
}

void on_crash(const char *what) {
  tell({" has crashed (", what, ")"});
}

void on_exit() {
  tell({" has ended the process"});
}

}  // namespace

void tell_crashes(const char *advice) {
  g_advice = advice;
  tell_crashes_by(&on_crash);
  std::atexit(on_exit);
}

InModel::InModel(const char *name) noexcept {
  g_model = name;
}

InModel::~InModel() {
  g_model = nullptr;
}

}  // namespace air::server
