// SPDX-License-Identifier: BSD-3-Clause
// Descriptors taken apart: schemes, paths that look like schemes, options, percent codes.
#include <doctest/doctest.h>

#include "descriptor.h"
#include "error.h"

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
  // In paths only the question mark has a code.
  CHECK(parse_descriptor("file:/a%3Fb%3fc%20d").rest == "/a?b?c%20d");
  CHECK(parse_descriptor("file:/a%253F").rest == "/a%253F");
}

TEST_CASE("malformed options are refused") {
  for (const char *text : {"a:?k", "a:?=v", "a:?k=1&k=2", "a:?k=1&&j=2", "?k", "a:?k=x%00", "a:?k%00=x", "file:/a%00b"}) {
    CAPTURE(text);
    try {
      parse_descriptor(text);
      FAIL("was accepted");
    } catch (const air::Error &error) {
      CHECK(error.status() == AIR_ERROR_INVALID_DESCRIPTOR);
    }
  }
}
