// SPDX-License-Identifier: BSD-3-Clause
// Who uses a model of a legacy library.
#include "stlib/legacy/claim.h"

#include <mutex>

namespace air::stlib {
namespace {

// A list that needs no memory and no end: connections may be closed when the program's own objects go.
std::mutex g_mutex;
Claim *g_first = nullptr;

}  // namespace

bool Claim::take(ai_create_fn *model) noexcept {
  const std::lock_guard lock(g_mutex);
  for (const Claim *other = g_first; other != nullptr; other = other->next_) {
    if (other->model_ == model) return false;
  }
  model_ = model;
  next_ = g_first;
  g_first = this;
  return true;
}

void Claim::drop() noexcept {
  if (model_ == nullptr) return;
  const std::lock_guard lock(g_mutex);
  Claim **place = &g_first;
  while (*place != this) place = &(*place)->next_;
  *place = next_;
  model_ = nullptr;
}

}  // namespace air::stlib
