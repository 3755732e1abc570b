// SPDX-License-Identifier: BSD-3-Clause
// Truncated libraries are found before they are loaded, at whatever length they were cut.
#include <doctest/doctest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "core/error.h"
#include "core/plugins/library_file.h"
#include "platform/libraries/shared_library.h"

namespace fs = std::filesystem;

TEST_CASE("a library cut at any length never passes and is loaded") {
  const fs::path whole = air::own_library();  // this program
  std::ifstream file(whole, std::ios::binary);
  REQUIRE(file);
  std::string bytes{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  CHECK_NOTHROW(air::check_not_truncated(whole));
  bytes[16] = 3;  // the type of ELF: a library, also where this program is none (PIE)

  const fs::path cut = fs::temp_directory_path() / ("airunner-unit-" + std::to_string(getpid()) + ".so");
  const auto check_cut = [&](size_t length) {
    std::ofstream(cut, std::ios::binary | std::ios::trunc).write(bytes.data(), static_cast<std::streamsize>(length));
    CAPTURE(length);
    CHECK_THROWS_AS(air::check_not_truncated(cut), air::Error);
  };
  for (const size_t length : {size_t{20}, size_t{64}, size_t{65}, size_t{200}, size_t{600}, size_t{4096}})
    check_cut(length);
  // No ELF: left to the loader, which refuses it itself.
  std::ofstream(cut, std::ios::trunc) << std::string(1000, 'x');
  CHECK_NOTHROW(air::check_not_truncated(cut));
  fs::remove(cut);
  CHECK_NOTHROW(air::check_not_truncated(cut));
}
