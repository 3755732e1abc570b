// SPDX-License-Identifier: BSD-3-Clause
// macOS libraries read by their bytes: what a good one tells, and no harm from any damaged one.
#include <doctest/doctest.h>

#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "platform/libraries/bad_library.h"
#include "platform/libraries/macho_file.h"

namespace {

using Bytes = std::vector<std::byte>;
constexpr unsigned kX86 = 7, kX86_64 = 0x1000007, kArm64 = 0x100000c;
constexpr char kArm64Text[] = "AArch64 (64 bits)", kX86_64Text[] = "x86-64 (64 bits)";

void put(Bytes &file, size_t at, uint64_t value, size_t size) {
  for (size_t i = 0; i < size; ++i) file.at(at + i) = std::byte(value >> (8 * i) & 0xff);
}

void put_big(Bytes &file, size_t at, uint64_t value) {
  for (size_t i = 0; i < 4; ++i) file.at(at + i) = std::byte(value >> (8 * (3 - i)) & 0xff);
}

// One segment, which is the whole file, and a table of four symbols, of which two are exported; the names are at its end.
Bytes library(unsigned machine) {
  const bool is_64 = machine != kX86;
  const size_t header = is_64 ? 32 : 28, segment = is_64 ? 72 : 56, entry = is_64 ? 16 : 12, names = 0x180;
  Bytes file(0x200);
  put(file, 0, is_64 ? 0xfeedfacf : 0xfeedface, 4);
  put(file, 4, machine, 4);
  put(file, 12, 6, 4);
  put(file, 16, 2, 4);
  put(file, 20, segment + 24, 4);
  put(file, header, is_64 ? 0x19 : 1, 4);
  put(file, header + 4, segment, 4);
  put(file, header + (is_64 ? 48 : 36), file.size(), 4);
  const size_t table = header + segment;
  put(file, table, 2, 4);
  put(file, table + 4, 24, 4);
  put(file, table + 8, 0x100, 4);
  put(file, table + 12, 4, 4);
  put(file, table + 16, names, 4);
  put(file, table + 20, file.size() - names, 4);
  const auto add = [&](size_t number, size_t name, unsigned type, std::string_view text) {
    put(file, 0x100 + number * entry, name, 4);
    put(file, 0x100 + number * entry + 4, type, 1);
    std::memcpy(file.data() + names + name, text.data(), text.size());
  };
  add(0, 1, 0x0f, "_ai_first_run");
  add(1, 0x20, 0x0e, "_of_this_file");
  add(2, 0x30, 0x01, "_malloc");
  add(3, 0x40, 0x0f, "_second");
  return file;
}

Bytes universal(const std::vector<unsigned> &machines) {
  constexpr size_t kFirst = 0x100;
  Bytes file(kFirst);
  put_big(file, 0, 0xcafebabe);
  put_big(file, 4, machines.size());
  for (size_t i = 0; i < machines.size(); ++i) {
    const Bytes member = library(machines[i]);
    put_big(file, 8 + 20 * i, machines[i]);
    put_big(file, 16 + 20 * i, file.size());
    put_big(file, 20 + 20 * i, member.size());
    file.insert(file.end(), member.begin(), member.end());
  }
  return file;
}

// Whether it is refused; anything but that or a result fails the test.
bool is_refused(const Bytes &file) {
  try {
    air::macho_machine(file, kArm64Text);
    air::check_macho(file, file.size(), kArm64Text);
    air::macho_exports(file, kArm64Text);
    return false;
  } catch (const air::BadLibrary &) {
    return true;
  }
}

void check_all_lengths(const Bytes &whole) {
  for (size_t size = 0; size < whole.size(); ++size) {
    // A copy of exact size, so that a sanitizer sees any access beyond it.
    const Bytes part(whole.begin(), whole.begin() + static_cast<ptrdiff_t>(size));
    try {
      air::check_macho(part, size, kArm64Text);
      FAIL_CHECK("accepted with ", size, " bytes");
    } catch (const air::BadLibrary &bad) {
      if (!bad.is_truncated) FAIL_CHECK("not told as truncated with ", size, " bytes: ", bad.what());
    }
  }
}

TEST_CASE("mach-o: machine and exports") {
  const std::vector<std::string> exported = {"ai_first_run", "second"};
  CHECK(air::macho_machine(library(kArm64), kX86_64Text) == kArm64Text);
  CHECK(air::macho_machine(library(kX86_64), kArm64Text) == kX86_64Text);
  CHECK(air::macho_machine(library(kX86), kArm64Text) == "x86 (32 bits)");
  CHECK(air::macho_exports(library(kArm64), kArm64Text) == exported);
  CHECK(air::macho_exports(library(kX86), "x86 (32 bits)") == exported);
}

TEST_CASE("mach-o: of a universal file the library for this machine") {
  const Bytes both = universal({kX86_64, kArm64});
  CHECK(air::macho_machine(both, kArm64Text) == kArm64Text);
  CHECK(air::macho_machine(both, kX86_64Text) == kX86_64Text);
  CHECK(air::macho_machine(both, "x86 (32 bits)") == "x86-64 (64 bits) and AArch64 (64 bits)");
  CHECK(air::macho_exports(both, kArm64Text) == std::vector<std::string>{"ai_first_run", "second"});
  CHECK(air::macho_headers_end(both) >= both.size());
  Bytes class_of_java = both;
  put_big(class_of_java, 4, 61);
  CHECK_THROWS_AS(air::macho_machine(class_of_java, kArm64Text), air::BadLibrary);
}

TEST_CASE("mach-o: the headers suffice to check") {
  const Bytes whole = library(kArm64);
  const uint64_t end = air::macho_headers_end(whole);
  CHECK(end == 32 + 72 + 24);
  const Bytes front(whole.begin(), whole.begin() + static_cast<ptrdiff_t>(end));
  CHECK_NOTHROW(air::check_macho(front, whole.size(), kArm64Text));
  CHECK_THROWS_AS(air::check_macho(front, whole.size() - 1, kArm64Text), air::BadLibrary);
}

TEST_CASE("mach-o: programs are refused in words") {
  Bytes program = library(kArm64);
  put(program, 12, 2, 4);
  CHECK_THROWS_WITH(air::check_macho(program, program.size(), kArm64Text),
                    "it is a Mach-O file of type 2, expected a shared library (6 or 8)");
}

TEST_CASE("mach-o: shorter files are refused as truncated") {
  check_all_lengths(library(kArm64));
  check_all_lengths(universal({kX86_64, kArm64}));
}

TEST_CASE("mach-o: a changed byte gives a result or a clear error") {
  for (const Bytes &good : {library(kArm64), universal({kArm64})}) {
    REQUIRE(!is_refused(good));
    size_t n_refused = 0;
    for (size_t at = 0; at < good.size(); ++at) {
      for (const unsigned value : {0x00U, 0x7fU, 0x80U, 0xffU}) {
        Bytes mutant = good;
        mutant[at] = std::byte(value);
        n_refused += is_refused(mutant) ? 1 : 0;
        air::macho_headers_end(mutant);
      }
    }
    CHECK(n_refused > 50);
  }
}

}  // namespace
