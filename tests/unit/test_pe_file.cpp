// SPDX-License-Identifier: BSD-3-Clause
// Windows libraries read by their bytes: what a good one tells, and no harm from any damaged one.
#include <doctest/doctest.h>

#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "platform/libraries/bad_library.h"
#include "platform/libraries/pe_file.h"

namespace {

using Bytes = std::vector<std::byte>;

void put(Bytes &file, size_t at, uint64_t value, size_t size) {
  for (size_t i = 0; i < size; ++i) file.at(at + i) = std::byte(value >> (8 * i) & 0xff);
}

void put(Bytes &file, size_t at, std::string_view text) {
  std::memcpy(file.data() + at, text.data(), text.size());
}

// One section, which is the second half of the file and lies at 0x1000 in memory. It has the table of exports and two names, and that of imports with one.
Bytes library(unsigned machine, bool is_64) {
  Bytes file(0x400);
  put(file, 0, "MZ");
  put(file, 0x3c, 0x80, 4);
  put(file, 0x80, std::string_view("PE\0\0", 4));
  const size_t optional = 0x98, optional_size = is_64 ? 0xf0 : 0xe0, directory = optional + (is_64 ? 112 : 96);
  put(file, 0x84, machine, 2);
  put(file, 0x86, 1, 2);
  put(file, 0x94, optional_size, 2);
  put(file, 0x96, 0x2000, 2);
  put(file, optional, is_64 ? 0x20b : 0x10b, 2);
  put(file, directory - 4, 16, 4);
  put(file, directory, 0x1000, 4);
  const size_t section = optional + optional_size;
  put(file, section + 12, 0x1000, 4);
  put(file, section + 16, 0x200, 4);
  put(file, section + 20, 0x200, 4);
  put(file, 0x200 + 24, 2, 4);
  put(file, 0x200 + 32, 0x1040, 4);
  put(file, 0x240, 0x1050, 4);
  put(file, 0x244, 0x1060, 4);
  put(file, 0x250, "ai_first_run");
  put(file, 0x260, "second");
  put(file, directory + 8, 0x1080, 4);
  put(file, 0x280 + 12, 0x10c0, 4);
  put(file, 0x2c0, "VCRUNTIME140.dll");
  return file;
}

// Whether it is refused; anything but that or a result fails the test.
bool is_refused(const Bytes &file) {
  try {
    air::pe_machine(file);
    air::check_pe(file, file.size());
    air::pe_exports(file);
    air::pe_imports(file);
    return false;
  } catch (const air::BadLibrary &) {
    return true;
  }
}

TEST_CASE("pe: machine and exports") {
  const Bytes x86_64 = library(0x8664, true);
  CHECK(air::pe_machine(x86_64) == "x86-64 (64 bits)");
  CHECK(air::pe_machine(library(0x14c, false)) == "x86 (32 bits)");
  CHECK(air::pe_machine(library(0xaa64, true)) == "AArch64 (64 bits)");
  CHECK(air::pe_machine(library(0x1c4, false)) == "Arm (32 bits)");
  CHECK(air::pe_exports(x86_64) == std::vector<std::string>{"ai_first_run", "second"});
  CHECK(air::pe_exports(library(0x14c, false)) == std::vector<std::string>{"ai_first_run", "second"});
}

TEST_CASE("pe: imports") {
  for (const bool is_64 : {false, true}) {
    Bytes file = library(is_64 ? 0x8664 : 0x14c, is_64);
    CHECK(air::pe_imports(file) == std::vector<std::string>{"VCRUNTIME140.dll"});
    put(file, 0x98 + (is_64 ? 112 : 96) + 8, 0, 4);
    CHECK(air::pe_imports(file).empty());
  }
}

TEST_CASE("pe: the headers suffice to check") {
  const Bytes whole = library(0x8664, true);
  const uint64_t end = air::pe_headers_end(whole);
  CHECK(end == 0x98 + 0xf0 + 40);
  const Bytes front(whole.begin(), whole.begin() + static_cast<ptrdiff_t>(end));
  CHECK_NOTHROW(air::check_pe(front, whole.size()));
  CHECK_THROWS_AS(air::check_pe(front, whole.size() - 1), air::BadLibrary);
}

TEST_CASE("pe: programs and other things are refused in words") {
  Bytes program = library(0x8664, true);
  put(program, 0x96, 2, 2);
  CHECK_THROWS_WITH(air::check_pe(program, program.size()), "it is a Windows program, expected a library (DLL)");
  Bytes dos = library(0x8664, true);
  put(dos, 0x80, "NE");
  CHECK_THROWS_AS(air::check_pe(dos, dos.size()), air::BadLibrary);
}

TEST_CASE("pe: shorter files are refused as truncated") {
  const Bytes whole = library(0x8664, true);
  for (size_t size = 0; size < whole.size(); ++size) {
    // A copy of exact size, so that a sanitizer sees any access beyond it.
    const Bytes part(whole.begin(), whole.begin() + static_cast<ptrdiff_t>(size));
    try {
      air::check_pe(part, size);
      FAIL_CHECK("accepted with ", size, " bytes");
    } catch (const air::BadLibrary &bad) {
      if (!bad.is_truncated) FAIL_CHECK("not told as truncated with ", size, " bytes: ", bad.what());
    }
  }
}

TEST_CASE("pe: a changed byte gives a result or a clear error") {
  const Bytes good = library(0x8664, true);
  REQUIRE(!is_refused(good));
  size_t n_refused = 0;
  for (size_t at = 0; at < good.size(); ++at) {
    for (const unsigned value : {0x00U, 0x7fU, 0x80U, 0xffU}) {
      Bytes mutant = good;
      mutant[at] = std::byte(value);
      n_refused += is_refused(mutant) ? 1 : 0;
      air::pe_headers_end(mutant);
    }
  }
  CHECK(n_refused > 50);
}

}  // namespace
