// SPDX-License-Identifier: BSD-3-Clause
// Descriptors taken apart: schemes, paths that look like schemes, options, percent codes.
#include <doctest/doctest.h>
#include <fmt/format.h>
#include <unistd.h>

#include <filesystem>

#include "common/descriptor_text.h"
#include "core/descriptor.h"
#include "core/error.h"

using air::Descriptor;
using air::parse_descriptor;

TEST_CASE("scheme and rest") {
  struct Case {
    const char *text, *scheme, *rest, *bare;
  };
  const Case cases[] = {
      {"", "", "", ""},
      {"   ", "", "", ""},
      {"null:", "null", "", "null:"},
      {"NuLL:", "null", "", "NuLL:"},
      {"file:/a/b.so", "file", "/a/b.so", "file:/a/b.so"},
      {" \tlib:x \n", "lib", "x", "lib:x"},
      {"serial:/dev/ttyACM0:921600", "serial", "/dev/ttyACM0:921600", "serial:/dev/ttyACM0:921600"},
      {"socket:[::1]:6500", "socket", "[::1]:6500", "socket:[::1]:6500"},
      {"/a/b.so", "", "/a/b.so", "/a/b.so"},
      {"./a:b.so", "", "./a:b.so", "./a:b.so"},
      {"C:\\models\\x.dll", "", "C:\\models\\x.dll", "C:\\models\\x.dll"},
      {"c:/models/x.dll", "", "c:/models/x.dll", "c:/models/x.dll"},
      {":", "", ":", ":"},
      {"::", "", "::", "::"},
      {"1a:x", "", "1a:x", "1a:x"},
      {"a b:x", "", "a b:x", "a b:x"},
      {"file:C:\\x.dll", "file", "C:\\x.dll", "file:C:\\x.dll"},
      {"serial", "", "serial", "serial"},
  };
  for (const Case &c : cases) {
    CAPTURE(c.text);
    const Descriptor parsed = parse_descriptor(c.text);
    CHECK(parsed.scheme == c.scheme);
    CHECK(parsed.rest == c.rest);
    CHECK(parsed.bare == c.bare);
    CHECK(parsed.options.empty());
  }
}

TEST_CASE("options") {
  const Descriptor parsed = parse_descriptor("file:/m?weights=a%26b%3Dc,d&empty=&x=1=2");
  CHECK(parsed.rest == "/m");
  REQUIRE(parsed.options.size() == 3);
  CHECK(parsed.options[0] == std::pair<std::string, std::string>("weights", "a&b=c,d"));
  CHECK(parsed.options[1] == std::pair<std::string, std::string>("empty", ""));
  CHECK(parsed.options[2] == std::pair<std::string, std::string>("x", "1=2"));
}

TEST_CASE("percent codes") {
  CHECK(parse_descriptor("a:?k=%41%2f%2F").options[0].second == "A//");
  CHECK(parse_descriptor("a:?k=%").options[0].second == "%");
  CHECK(parse_descriptor("a:?k=%4").options[0].second == "%4");
  CHECK(parse_descriptor("a:?k=%g1%1g").options[0].second == "%g1%1g");
  CHECK(parse_descriptor("a:?k=100%25").options[0].second == "100%");
  CHECK(parse_descriptor("a:?k=%2500").options[0].second == "%00");
  CHECK(parse_descriptor("file:/a%3Fb%3fc%20d%").rest == "/a?b?c d%");
  CHECK(parse_descriptor("file:/a%253F").rest == "/a%3F");
  // A bare path that is there is taken as it is.
  CHECK(parse_descriptor("/a%3Fb%3fc%20d").rest == "/a?b?c d");
  const std::filesystem::path there = std::filesystem::temp_directory_path() / fmt::format("airunner-{}-%20", getpid());
  std::filesystem::create_directory(there);
  CHECK(parse_descriptor(there.string() + "?k=v").bare == there.string());
  std::filesystem::remove(there);
}

TEST_CASE("what is written into a descriptor is read again") {
  for (const std::string text : {"plain", " a  b ", "100%", "%20", "%3F", "a?b=c&d#e", "tab\tline\n", "\xc3\xbc,:[]"}) {
    const Descriptor parsed =
        parse_descriptor("file:" + air::encode_descriptor_text(text) + "?k=" + air::encode_descriptor_text(text));
    CHECK(parsed.rest == text);
    CHECK(parsed.options.at(0).second == text);
  }
}

// Windows has no such paths.
TEST_CASE("a path with a question mark that is there gets the hint how to write it" *
          doctest::skip(std::filesystem::path::preferred_separator != '/')) {
  const std::string name = fmt::format("airunner-{}%41", getpid());
  const std::filesystem::path folder = std::filesystem::temp_directory_path() / (name + "?threads=1");
  std::filesystem::create_directory(folder);
  for (const std::string scheme : {"", "file:", "onnx:"}) {
    try {
      parse_descriptor(scheme + folder.string());
      FAIL("was accepted");
    } catch (const air::Error &error) {
      CHECK(error.status() == AIR_ERROR_INVALID_DESCRIPTOR);
      CHECK(std::string(error.what()).find(scheme + "/") != std::string::npos);
      // As it has to be written: read again it gives the path.
      const std::string hint = error.what();
      const size_t begin = hint.rfind('"', hint.size() - 2) + 1;
      CHECK(hint.ends_with("%2541%3Fthreads=1\""));
      CHECK(parse_descriptor(hint.substr(begin, hint.size() - 1 - begin)).rest == folder.string());
    }
  }
  std::filesystem::remove(folder);
}

TEST_CASE("malformed options are refused") {
  for (const char *text :
       {"a:?k", "a:?=v", "a:?k=1&k=2", "a:?k=1&&j=2", "?k", "a:?k=x%00", "a:?k%00=x", "file:/a%00b"}) {
    CAPTURE(text);
    try {
      parse_descriptor(text);
      FAIL("was accepted");
    } catch (const air::Error &error) {
      CHECK(error.status() == AIR_ERROR_INVALID_DESCRIPTOR);
    }
  }
}
