// SPDX-License-Identifier: BSD-3-Clause
// Lines of small files: of programs, and of the system, which have no size.
#include <doctest/doctest.h>

#include "platform/files/lines.h"
#include "platform/files/new_file.h"
#include "platform/files/temporary.h"

using air::first_line_of;
using air::lines_of;
using Lines = std::vector<std::string>;

namespace {

struct Written {
  air::TemporaryFolder folder{"a test's files"};
  std::string path = folder.path() + "/file";
  explicit Written(const std::string &text) { air::write_file(path, text); }
};

}  // namespace

TEST_CASE("lines of a file, with and without an end of the last one") {
  CHECK(lines_of(Written("a\n\nb\n").path) == Lines{"a", "", "b"});
  CHECK(lines_of(Written("a\nb").path) == Lines{"a", "b"});
  CHECK(first_line_of(Written("a\nb").path) == "a");
}

TEST_CASE("a file that ends where a piece of reading ends, and one longer than that") {
  const std::string piece(size_t{1} << 16U, 'x');
  CHECK(lines_of(Written(piece).path) == Lines{piece});
  CHECK(lines_of(Written(piece + "y\nz").path) == Lines{piece + "y", "z"});
}

TEST_CASE("nothing where there is nothing to read") {
  const Written file("");
  CHECK(lines_of(file.path).empty());
  CHECK(first_line_of(file.path).empty());
  CHECK(lines_of(file.folder.path()).empty());
  CHECK(lines_of(file.path + "/not/there").empty());
}

#ifdef __linux__
TEST_CASE("files of the system") {
  CHECK_FALSE(first_line_of("/proc/self/comm").empty());
  CHECK(lines_of("/proc/self/maps").size() > 10);
}
#endif
