// SPDX-License-Identifier: BSD-3-Clause
// A progress bar on standard error for runs that last.
#include "cli/running/progress.h"

#include <fmt/format.h>

#include <string>

#include "platform/streams/streams.h"

namespace air::cli {
namespace {

using namespace std::chrono_literals;

constexpr auto kSilence = 1s;   // shorter runs show nothing
constexpr auto kPause = 100ms;  // between two drawings
constexpr uint64_t kBarColumns = 24;
constexpr const char *kClearLine = "\r\x1b[K";

}  // namespace

Progress::~Progress() {
  if (visible_) print_note(kClearLine);
}

air_action Progress::on_progress(void *user, uint64_t n_done, uint64_t n_total) {
  auto &self = *static_cast<Progress *>(user);
  const auto now = Clock::now();
  if (n_total > 0 && now - self.begin_ >= kSilence && now - self.drawn_ >= kPause) self.draw(n_done, n_total, now);
  return AIR_CONTINUE;
}

void Progress::draw(uint64_t n_done, uint64_t n_total, Clock::time_point now) {
  const double part = static_cast<double>(n_done) / static_cast<double>(n_total);
  const auto full = static_cast<uint64_t>(part * static_cast<double>(kBarColumns));
  const std::string bar = std::string(full, '#') + std::string(kBarColumns - full, '.');
  const double elapsed_s = std::chrono::duration<double>(now - begin_).count();
  const std::string left = n_done == 0 ? "" : fmt::format(", {:.0f} s left", elapsed_s / part - elapsed_s);
  print_note(fmt::format("{}  [{}] {:3.0f}%  {}/{}{}", kClearLine, bar, part * 100, n_done, n_total, left));
  visible_ = true;
  drawn_ = now;
}

}  // namespace air::cli
