// SPDX-License-Identifier: BSD-3-Clause
// Manifests of plugins: read, refused, compared with a table; values of options; patterns of texts; words that were meant.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <random>

#include "common/nearest.h"
#include "core/error.h"
#include "core/plugins/manifest.h"
#include "core/plugins/search.h"

using air::Manifest;
using air::OptionFacts;
using air::parse_manifest;

namespace {

const std::string kGood = R"(# what it is
abi = 2
name = gain
version = 1.0.0
description = multiplies = and more
scheme = gain
scheme = gain+2
pattern = *.gain
pattern =

option = factor
option.type = number
option.default = 3
option.choice = 1
option.choice = 9
option.text = what it multiplies with
option = extra.*
option.type = text
option.text = passed on
option = mode
option.type = choice
option.choice = fast
option.choice = right
option.default = fast
option.text = how
option.later = a key of a later release
later.key = 5
)";

std::string refusal(const std::string &text) {
  try {
    parse_manifest(text);
  } catch (const air::Error &error) {
    CHECK(error.status() == AIR_ERROR_INCOMPATIBLE);
    return error.what();
  }
  return "";
}

std::string replaced(std::string text, std::string_view from, std::string_view to) {
  return text.replace(text.find(from), from.size(), to);
}

void check_refused(const std::string &text, std::string_view reason) {
  const std::string told = refusal(text);
  CAPTURE(text);
  CAPTURE(told);
  CHECK(told.find(reason) != std::string::npos);
}

air_backend table_of(const char *const *schemes, const air_backend_option *options, uint32_t n_options) {
  air_backend table{};
  table.struct_size = sizeof(table);
  table.abi_version = AIR_BACKEND_ABI_VERSION;
  table.name = "gain";
  table.version = "1";
  table.description = "multiplies";
  table.schemes = schemes;
  table.options = options;
  table.n_options = n_options;
  return table;
}

void check_table_refused(const air_backend &table, std::string_view reason) {
  std::string told;
  try {
    air::manifest_of(table);
  } catch (const air::Error &error) {
    told = error.what();
  }
  CAPTURE(told);
  CHECK(told.find(reason) != std::string::npos);
}

}  // namespace

TEST_CASE("a good manifest") {
  const Manifest manifest = parse_manifest(kGood);
  CHECK(manifest.abi_version == 2);
  CHECK(manifest.name == "gain");
  CHECK(manifest.description == "multiplies = and more");
  CHECK(manifest.schemes == std::vector<std::string>{"gain", "gain+2"});
  CHECK(manifest.patterns == std::vector<std::string>{"*.gain", ""});
  REQUIRE(manifest.options.size() == 3);
  CHECK(manifest.options[0] == OptionFacts{"factor", AIR_OPTION_NUMBER, "3", {"1", "9"}, "what it multiplies with"});
  CHECK(manifest.options[1] == OptionFacts{"extra.*", AIR_OPTION_TEXT, std::nullopt, {}, "passed on"});
  CHECK(manifest == parse_manifest(replaced(kGood, "\n\n", "\r\n  \t \n")));
}

TEST_CASE("each key that is needed is missed by its name") {
  for (const std::string key : {"abi", "name", "version", "description"}) {
    check_refused(replaced(kGood, "\n" + key + " = ", "\nx = "), "no " + key);
  }
  check_refused("abi = 2\nname = x\nversion = 1\ndescription = d\n", "no scheme");
  check_refused(replaced(kGood, "option.text = how", ""), "no text for option mode");
  check_refused(replaced(kGood, "description = multiplies = and more", "description ="), "no description");
}

TEST_CASE("manifests that cannot be") {
  check_refused("", "no abi");
  check_refused("hello", "line 1: expected key = value, got \"hello\"");
  check_refused("abi = 2\nNAME = x", "line 2");
  check_refused("abi = 2\n= x", "line 2");
  check_refused("abi = two", "line 1: expected one abi");
  check_refused("abi = -2", "line 1: expected one abi");
  check_refused("abi = 2\nabi = 2", "line 2: expected one abi");
  check_refused("abi = 1\nname = old", "made for plugin ABI 1, this airunner has 2: rebuild it");
  check_refused("abi = 4294967298\n", "line 1");
  check_refused(kGood + "name = another\n", "name stands there twice");
  check_refused("option.type = text\n", "comes before any option");
  check_refused(replaced(kGood, "type = number", "type = real"), "expected one of text, number, flag, choice, path");
  check_refused(replaced(kGood, "scheme = gain", "scheme = Gain"), "scheme \"Gain\" is not at least two lower-case");
  check_refused(replaced(kGood, "scheme = gain", "scheme = g"), "scheme \"g\"");
  check_refused(replaced(kGood, "scheme = gain", "scheme = 2gain"), "scheme \"2gain\"");
  check_refused(replaced(kGood, "scheme = gain+2", "scheme = gain"), "the scheme gain twice");
  check_refused(replaced(kGood, "option = mode", "option = factor"), "the option factor twice");
  check_refused(replaced(kGood, "option = mode", "option = Mode"), "option \"Mode\"");
  check_refused(replaced(kGood, "default = 3", "default = 10"), "expected a number from 1 to 9");
  check_refused(replaced(kGood, "default = fast", "default = slow"), "expected one of fast, right");
  check_refused(replaced(kGood, "choice = 1", "choice = 10"), "no smallest and largest number");
  check_refused(replaced(kGood, "type = text", "type = choice"), "nothing to choose from");
  check_refused(replaced(kGood, "type = choice", "type = flag"), "is a flag and has choices");
  check_refused(replaced(kGood, "multiplies", "multi\x1b[31mplies"), "not one line");
  check_refused(replaced(kGood, "multiplies", "\xff\xfe"), "not one line");
  check_refused(replaced(kGood, "multiplies", std::string(2000, 'x')), "at most 1000 bytes");
  check_refused(replaced(kGood, "name = gain", std::string("name = a\0b", 10)), "not one line");
  std::string many = kGood;
  for (int i = 0; i < 2000; ++i) many += fmt::format("scheme = many{}\n", i);
  check_refused(many, "at most 1000");
}

TEST_CASE("bytes of any kind are read or refused") {
  std::mt19937 random(7);
  const auto below = [&random](size_t n) { return std::uniform_int_distribution<size_t>(0, n - 1)(random); };
  size_t n_read = 0;
  for (int round = 0; round < 3000; ++round) {
    std::string text = kGood;
    for (size_t i = below(4); i < 4; ++i) {
      const size_t at = below(text.size());
      switch (below(3)) {
        case 0:
          text[at] = static_cast<char>(below(256));
          break;
        case 1:
          text.erase(at, below(40));
          break;
        default:
          text.insert(at, text.substr(below(text.size()), below(40)));
      }
    }
    n_read += refusal(text).empty() ? 1 : 0;
  }
  CHECK(n_read > 0);
  CHECK(n_read < 3000);
}

TEST_CASE("tables that cannot be") {
  const char *const schemes[] = {"gain", nullptr};
  const char *const upper[] = {"Gain", nullptr};
  const char *const none[] = {nullptr};
  air_backend_option options[] = {{.struct_size = sizeof(options[0]), .key = "factor", .text = "what"},
                                  {.struct_size = sizeof(options[0]), .key = "mode", .text = "how"}};
  air_backend table = table_of(schemes, options, 2);
  CHECK(air::manifest_of(table).options.size() == 2);
  check_table_refused(table_of(upper, nullptr, 0), "scheme \"Gain\"");
  check_table_refused(table_of(none, nullptr, 0), "no scheme");
  check_table_refused(table_of(nullptr, nullptr, 0), "no scheme");
  check_table_refused(table_of(schemes, nullptr, 3), "NULL");
  check_table_refused(table_of(schemes, options, UINT32_MAX), "4294967295 option");
  options[1].struct_size = sizeof(options[0]) + 8;
  check_table_refused(table, fmt::format("struct_size of option 1 is {}, that of the first {}", sizeof(options[0]) + 8,
                                         sizeof(options[0])));
  options[0].struct_size = 7;
  check_table_refused(table, "struct_size of option is 7");
  options[0].struct_size = options[1].struct_size = sizeof(options[0]);
  options[1].key = nullptr;
  check_table_refused(table, "option \"\"");
  options[1].key = "mode";
  options[1].text = nullptr;
  check_table_refused(table, "no text for option mode");
  options[1].text = "how";
  options[1].type = static_cast<air_option_type>(99);
  check_table_refused(table, "unknown type 99");
  table.n_options = 1;
  table.description = "";
  check_table_refused(table, "no description");
  table.description = "two\nlines";
  check_table_refused(table, "not one line");
  table.description = "d";
  table.name = nullptr;
  check_table_refused(table, "no name");
}

TEST_CASE("a manifest and a table that differ") {
  const Manifest manifest = parse_manifest(kGood);
  CHECK(air::difference(manifest, manifest).empty());
  const auto told = [&](auto change) {
    Manifest table = manifest;
    change(table);
    return air::difference(manifest, table);
  };
  CHECK(told([](Manifest &m) { m.name = "other"; }) == "name \"gain\", the plugin says \"other\"");
  CHECK(told([](Manifest &m) { m.version = "2"; }) == "version \"1.0.0\", the plugin says \"2\"");
  CHECK(told([](Manifest &m) { m.schemes = {"onnx"}; }) == "schemes \"gain gain+2\", the plugin says \"onnx\"");
  CHECK(told([](Manifest &m) { m.patterns.clear(); }).starts_with("patterns"));
  CHECK(told([](Manifest &m) { m.options.pop_back(); }).starts_with("options \"factor extra.* mode\""));
  CHECK(told([](Manifest &m) { m.options[2].default_value = "right"; }) == "another description of the option mode");
}

TEST_CASE("values of options") {
  const auto misfit = [](air_option_type type, std::vector<std::string> choices, std::string_view value) {
    return air::misfit({"key", type, std::nullopt, std::move(choices), "text"}, value);
  };
  CHECK(misfit(AIR_OPTION_TEXT, {}, "anything").empty());
  CHECK(misfit(AIR_OPTION_PATH, {}, "").empty());
  CHECK(misfit(AIR_OPTION_FLAG, {}, "1").empty());
  CHECK(misfit(AIR_OPTION_FLAG, {}, "true") == "0 or 1");
  CHECK(misfit(AIR_OPTION_NUMBER, {}, "18446744073709551615").empty());
  for (const char *value : {"", "-1", "1.5", "1 ", " 1", "x", "18446744073709551616", "+1", "0x1"}) {
    CHECK(misfit(AIR_OPTION_NUMBER, {}, value) == "a number from 0");
  }
  CHECK(misfit(AIR_OPTION_NUMBER, {"2", "8"}, "2").empty());
  CHECK(misfit(AIR_OPTION_NUMBER, {"2", "8"}, "9") == "a number from 2 to 8");
  CHECK(misfit(AIR_OPTION_CHOICE, {"a", "b"}, "b").empty());
  CHECK(misfit(AIR_OPTION_CHOICE, {"a", "b"}, "c") == "one of a, b");
}

TEST_CASE("patterns of texts") {
  struct Case {
    const char *text, *pattern;
    bool fits;
  };
  const Case cases[] = {
      {"model.onnx", "*.onnx", true},
      {"/a/b/MODEL.Onnx", "*.onnx", true},
      {"model.onnx.txt", "*.onnx", false},
      {"", "", true},
      {"x", "", false},
      {"", "*", true},
      {"a/b/", "*", true},
      {":", ":", true},
      {"dir.onnx/file", "*.onnx", false},
      {"/dev/ttyACM0", "/dev/tty*", true},
      {"x/dev/ttyACM0", "/dev/tty*", false},
      {"ab", "a?", true},
      {"a", "a?", false},
      {"aXbXc", "a*b*c", true},
      {"aXbX", "a*b*c", false},
      {"aab", "*ab", true},
      {"abab", "*ab", true},
      {"lib.so", "*", true},
      {"libx.so.1", "lib*.so*", true},
  };
  for (const Case &c : cases) {
    CAPTURE(c.text);
    CAPTURE(c.pattern);
    CHECK(air::matches_pattern(c.text, c.pattern) == c.fits);
  }
  CHECK_FALSE(air::matches_pattern(std::string(100'000, 'a'), "*a*a*a*a*a*a*a*b"));
}

TEST_CASE("words that were meant") {
  const std::vector<std::string> words = {"threads", "runtime", "shape", "null"};
  CHECK(air::did_you_mean("thread", words) == " (did you mean threads?)");
  CHECK(air::did_you_mean("shaep", words) == " (did you mean shape?)");
  CHECK(air::did_you_mean("nul", words) == " (did you mean null?)");
  CHECK(air::did_you_mean("run", words) == " (did you mean runtime?)");
  CHECK(air::did_you_mean("x", words).empty());
  CHECK(air::did_you_mean("", words).empty());
  CHECK(air::did_you_mean("bogus", words).empty());
  CHECK(air::did_you_mean(std::string(100'000, 'n'), words).empty());
  CHECK(air::did_you_mean("x", {}).empty());
}
