// SPDX-License-Identifier: BSD-3-Clause
// Memory that is not trusted: reading through bad pointers, and guards behind buffers.
#include <doctest/doctest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>

#include "common/error.h"
#include "platform/machine/peek.h"
#include "stlib/model/guarded_memory.h"
#include "stlib/model/weights.h"
#include "support.h"

namespace air::stlib::test {
namespace {

// Two pages, of which the second cannot be touched.
class EdgeOfMemory {
 public:
  EdgeOfMemory() : page_(static_cast<size_t>(sysconf(_SC_PAGESIZE))) {
    start_ = static_cast<char *>(mmap(nullptr, 2 * page_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
    mprotect(start_ + page_, page_, PROT_NONE);
  }
  ~EdgeOfMemory() { munmap(start_, 2 * page_); }
  EdgeOfMemory(const EdgeOfMemory &) = delete;
  EdgeOfMemory &operator=(const EdgeOfMemory &) = delete;
  char *start() { return start_; }
  char *end() { return start_ + page_; }
  void protect() { mprotect(start_, page_, PROT_READ); }

 private:
  size_t page_;
  char *start_;
};

TEST_CASE("peek: readable and writable memory") {
  EdgeOfMemory edge;
  CHECK(readable(edge.end() - 8, 8));
  CHECK_FALSE(readable(edge.end() - 8, 9));
  CHECK_FALSE(readable(nullptr, 1));
  CHECK_FALSE(readable(reinterpret_cast<void *>(uintptr_t{16}), 1));
  CHECK_FALSE(readable(edge.start(), SIZE_MAX));
  CHECK(writable(edge.start(), 8));
  edge.protect();
  CHECK(readable(edge.start(), 8));
  CHECK_FALSE(writable(edge.start(), 8));
  CHECK_THROWS_AS(poke_bytes(edge.start(), "x", 1, "it"), Error);
}

TEST_CASE("peek: arrays and texts end at the edge of memory with an error") {
  EdgeOfMemory edge;
  CHECK_THROWS_AS(peek_array(reinterpret_cast<int *>(edge.end() - 8), 3, "three"), Error);
  CHECK(peek_array(reinterpret_cast<int *>(edge.end() - 8), 2, "two").size() == 2);
  CHECK(peek_array<int>(nullptr, 0, "none").empty());
  CHECK_THROWS_AS(peek_array<int>(nullptr, 1, "one"), Error);
  std::fill(edge.start(), edge.end(), 'a');
  CHECK_THROWS_AS(peek_text(edge.end() - 100, "text"), Error);
  edge.end()[-1] = '\0';
  CHECK(peek_text(edge.end() - 100, "text") == std::string(99, 'a'));
  CHECK(peek_text(nullptr, "text").empty());
}

TEST_CASE("peek: texts become printable UTF-8") {
  CHECK(peek_text("\xC3\xA9t\xC3\xA9 \xE2\x82\xAC \xF0\x9F\x98\x80", "t") ==
        "\xC3\xA9t\xC3\xA9 \xE2\x82\xAC \xF0\x9F\x98\x80");
  const std::string bad = "\xEF\xBF\xBD";
  CHECK(peek_text("a\x1B[2Jb\nc\x7F", "t") == "a" + bad + "[2Jb" + bad + "c" + bad);
  CHECK(peek_text("\xC0\xAF \xFF", "t") == bad + bad + " " + bad);
}

TEST_CASE("guards: zeroed, aligned, and broken by one byte") {
  for (const uint64_t size : {0U, 1U, 63U, 64U, 65U, 4097U}) {
    GuardedMemory memory("m", size);
    CHECK(reinterpret_cast<uintptr_t>(memory.data()) % GuardedMemory::kAlignment == 0);
    CHECK(std::all_of(memory.data(), memory.data() + size, [](std::byte byte) { return byte == std::byte{0}; }));
    std::fill(memory.data(), memory.data() + size, std::byte{0xFF});
    CHECK(memory.intact());
    memory.clear();
    CHECK(memory.intact());
    memory.data()[size + 63] ^= std::byte{1};
    CHECK_FALSE(memory.intact());
  }
  CHECK_THROWS_AS(GuardedMemory("all", UINT64_MAX), Error);
  CHECK_THROWS_AS(GuardedMemory("nearly all", uint64_t{1} << 62), Error);
}

TEST_CASE("weights: blocks are matched to segments") {
  Weights weights;
  weights.emplace_back("a", 4);
  weights.emplace_back("b", 8);
  const std::vector<uint64_t> with_empty = {4, 0, 8};
  const auto blocks = match_weights(weights, with_empty);
  CHECK(blocks == std::vector<const GuardedMemory *>{&weights[0], nullptr, &weights[1]});
  const std::vector<uint64_t> swapped = {8, 4};
  CHECK_THROWS_WITH(match_weights(weights, swapped),
                    "Provided weights size are incompatible (got: 4 expected: 8) in segment #1");
  const std::vector<uint64_t> single = {12};
  CHECK_THROWS_WITH(match_weights(weights, single), "Provided weights count are incompatible (got: 2 expected: 1)");
}

}  // namespace
}  // namespace air::stlib::test
