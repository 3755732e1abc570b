// SPDX-License-Identifier: BSD-3-Clause
// Lines that come again and again fill no disk: the same one is passed on a few times in ten seconds, the rest is counted. Allocates nothing.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <mutex>
#include <string_view>

namespace air {

class Repeats {
 public:
  using Time = std::chrono::steady_clock::time_point;

  static constexpr uint32_t kMost = 10;  // of one line, in each interval
  static constexpr std::chrono::seconds kInterval{10};

  struct Verdict {
    bool passes;
    bool is_last;       // those that follow in this interval will not pass
    uint64_t left_out;  // so many did not pass in the interval before
  };
  // Of one more line. Any thread.
  Verdict look(std::string_view line, Time now = std::chrono::steady_clock::now()) noexcept;

 private:
  struct Line {
    uint64_t hash = 0;
    Time since{};
    uint64_t count = 0;  // in this interval
  };

  Line &find(uint64_t hash) noexcept;

  std::mutex mutex_;
  std::array<Line, 32> lines_{};
};

// Calls `write` with the line, unless it is one too many, and with a line about those that were.
template <class Write>
void write_limited(Repeats &repeats, const char *line, const Write &write) {
  const Repeats::Verdict verdict = repeats.look(line);
  if (verdict.left_out > 0) {
    std::array<char, 64> text{};
    std::snprintf(text.data(), text.size(), "(the next line came %llu times more)",
                  static_cast<unsigned long long>(verdict.left_out));
    write(text.data());
  }
  if (verdict.passes) write(line);
  if (verdict.is_last) write("(this line comes again and again: it is shown a few times every 10 s)");
}

}  // namespace air
