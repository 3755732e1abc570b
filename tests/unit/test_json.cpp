// SPDX-License-Identifier: BSD-3-Clause
// JSON documents of others: exact integers, and texts that look like them.
#include <doctest/doctest.h>

#include <cmath>
#include <string>

#include "common/error.h"
#include "common/json.h"

namespace {

using air::JsonDocument;
using namespace std::string_literals;

// What a document is refused with, or "".
template <class Use>
std::string refusal(const std::string &text, Use use) {
  try {
    const JsonDocument document(text, "doc");
    use(document.root());
    return "";
  } catch (const air::Error &error) {
    CHECK(error.status() == AIR_ERROR_INVALID_INPUT);
    return error.what();
  }
}
std::string refusal(const std::string &text) {
  return refusal(text, [](const air::JsonView &) {});
}

}  // namespace

TEST_CASE("integers of any size are exact, or refused") {
  const JsonDocument document(
      R"({"a": 12345678901234567, "b": -9223372036854775808, "c": 18446744073709551615, "d": 1.8446744073709552e19})",
      "doc");
  CHECK(document.root()["a"].integer<uint64_t>() == 12345678901234567);
  CHECK(document.root()["b"].integer<int64_t>() == INT64_MIN);
  CHECK(document.root()["c"].size() == UINT64_MAX);
  CHECK(document.root()["d"].size() == UINT64_MAX);  // by a program that keeps doubles
  const std::string huge = "{\"n\": 1" + std::string(400, '0') + "}";
  CHECK(refusal(huge, [](const air::JsonView &root) { root["n"].size(); }) == "doc.n: the number is too large");
  CHECK(refusal(huge, [](const air::JsonView &root) { root["n"].number(); }) == "doc.n: the number is too large");
  CHECK(std::isnan(JsonDocument("[1" + std::string(400, '0') + "]", "doc").root().numbers()[0]));
}

TEST_CASE("a text is a text, whatever it looks like, and a number is none") {
  const JsonDocument document(R"({"a": "#1234567890123456", "b": "\u00231234567890123456", "#c": "##", "d": "#"})",
                              "doc");
  const air::JsonView root = document.root();
  CHECK(root["a"].text() == "#1234567890123456");
  CHECK(root["b"].text() == "#1234567890123456");
  CHECK(root["#c"].text() == "##");
  CHECK(root["d"].text() == "#");
  CHECK(refusal(R"({"a": "#1234567890123456"})", [](const air::JsonView &view) { view["a"].number(); }) ==
        "doc.a: expected a number, got a text");
  CHECK(refusal(R"({"a": 1234567890123456})", [](const air::JsonView &view) { view["a"].text(); }) ==
        "doc.a: expected a text, got 1234567890123456");
}

TEST_CASE("what is no JSON is refused") {
  CHECK(refusal("{1234567890123456: 1}") == "doc: is not a JSON document, see byte 2");
  CHECK(refusal("{\"a\": 1}\0junk"s) == "doc: is not a JSON document, see byte 8");
  CHECK(refusal("{\"a\": 1} junk") == "doc: is not a JSON document, see byte 9");
}
