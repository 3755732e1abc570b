// SPDX-License-Identifier: BSD-3-Clause
// Lines that repeat themselves.
#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "common/repeats.h"

using air::Repeats;

TEST_CASE("the same line passes a few times in each interval, and what did not is counted") {
  Repeats repeats;
  const Repeats::Time start{std::chrono::hours(1)};
  for (uint32_t i = 1; i <= 1000; ++i) {
    const Repeats::Verdict verdict = repeats.look("gone", start + std::chrono::milliseconds(i));
    CHECK(verdict.passes == (i <= Repeats::kMost));
    CHECK(verdict.is_last == (i == Repeats::kMost));
    CHECK(verdict.left_out == 0);
    CHECK(repeats.look("line " + std::to_string(i % 20), start).left_out == 0);  // others do not disturb it
  }
  const Repeats::Verdict later = repeats.look("gone", start + std::chrono::seconds(20));
  CHECK(later.passes);
  CHECK(later.left_out == 1000 - Repeats::kMost);
  CHECK(repeats.look("gone", start + std::chrono::seconds(40)).left_out == 0);
}

TEST_CASE("lines that differ all pass") {
  Repeats repeats;
  for (int i = 0; i < 1000; ++i) CHECK(repeats.look("line " + std::to_string(i)).passes);
}

TEST_CASE("what is written of a thousand equal lines") {
  Repeats repeats;
  std::vector<std::string> written;
  for (int i = 0; i < 1000; ++i) {
    air::write_limited(repeats, "gone", [&](const char *line) { written.emplace_back(line); });
  }
  REQUIRE(written.size() == Repeats::kMost + 1);
  CHECK(written.back() == "(this line comes again and again: it is shown a few times every 10 s)");
}
