// SPDX-License-Identifier: BSD-3-Clause
// Lines that come again and again fill no disk.
#include "common/repeats.h"

#include <algorithm>
#include <functional>

namespace air {

// The one that began longest ago makes room for a new line.
Repeats::Line &Repeats::find(uint64_t hash) noexcept {
  const auto known = std::find_if(lines_.begin(), lines_.end(),
                                  [hash](const Line &line) { return line.count > 0 && line.hash == hash; });
  if (known != lines_.end()) return *known;
  Line &oldest =
      *std::min_element(lines_.begin(), lines_.end(), [](const Line &a, const Line &b) { return a.since < b.since; });
  oldest = {hash, {}, 0};
  return oldest;
}

Repeats::Verdict Repeats::look(std::string_view line, Time now) noexcept {
  const std::lock_guard lock(mutex_);
  Line &known = find(std::hash<std::string_view>{}(line));
  uint64_t left_out = 0;
  if (known.count == 0 || now - known.since >= kInterval) {
    left_out = known.count > kMost ? known.count - kMost : 0;
    known.since = now;
    known.count = 0;
  }
  ++known.count;
  return {known.count <= kMost, known.count == kMost, left_out};
}

}  // namespace air
