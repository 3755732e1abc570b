// SPDX-License-Identifier: BSD-3-Clause
// Verdicts as JUnit's XML, and as annotations of GitHub's workflows.
#include "cli/outputs/findings.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <utility>

#include "cli/outputs/writing.h"
#include "common/utf8.h"
#include "platform/files/new_file.h"
#include "platform/streams/streams.h"

namespace air::cli {
namespace {

// `text` with each of the characters replaced.
std::string escaped(std::string_view text, std::initializer_list<std::pair<char, const char *>> replacements) {
  std::string result;
  for (const char character : text) {
    const auto found = std::find_if(replacements.begin(), replacements.end(),
                                    [&](const auto &replacement) { return replacement.first == character; });
    found == replacements.end() ? result.push_back(character) : void(result += found->second);
  }
  return result;
}

// XML has no control characters.
std::string xml(std::string_view text) {
  return escaped(printable(text), {{'&', "&amp;"}, {'<', "&lt;"}, {'>', "&gt;"}, {'"', "&quot;"}});
}

// The characters that part the pieces of a workflow command.
std::string message(std::string_view text) {
  return escaped(printable(text), {{'%', "%25"}});
}
std::string property(std::string_view text) {
  return escaped(printable(text), {{'%', "%25"}, {':', "%3A"}, {',', "%2C"}});
}

size_t count(const TestSuite &suite, Finding finding) {
  return static_cast<size_t>(std::ranges::count(suite.cases, finding, &TestCase::finding));
}

std::string case_xml(const TestSuite &suite, const TestCase &test) {
  const std::string head = fmt::format(R"(    <testcase classname="{}" name="{}")", xml(suite.name), xml(test.name));
  if (test.finding == Finding::kPassed || test.finding == Finding::kNoted)
    return fmt::format("{}><system-out>{}</system-out></testcase>\n", head, xml(test.text));
  const char *element = test.finding == Finding::kFailed ? "failure" : "error";
  return fmt::format("{}><{} type=\"{}\" message=\"{}\"/></testcase>\n", head, element, xml(test.kind), xml(test.text));
}

}  // namespace

std::string junit_xml(const TestSuite &suite) {
  const std::string counts = fmt::format(R"(tests="{}" failures="{}" errors="{}")", suite.cases.size(),
                                         count(suite, Finding::kFailed), count(suite, Finding::kOpen));
  std::string text =
      fmt::format("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites {}>\n  <testsuite name=\"{}\" {}>\n", counts,
                  xml(suite.name), counts);
  for (const TestCase &test : suite.cases) text += case_xml(suite, test);
  return text + fmt::format("    <system-out>{}</system-out>\n  </testsuite>\n</testsuites>\n", xml(suite.text));
}

std::string github_annotations(const TestSuite &suite) {
  std::string text;
  for (const TestCase &test : suite.cases) {
    if (test.finding == Finding::kPassed) continue;
    text += fmt::format("::{} title={}::{}\n", test.finding == Finding::kFailed ? "error" : "warning",
                        property(suite.name + ": " + test.name), message(test.text));
  }
  return text.empty() ? fmt::format("::notice title={}::{}\n", property(suite.name), message(suite.text)) : text;
}

void write_findings(const TestSuite &suite, const std::string &junit, bool github) {
  if (github) print_note(github_annotations(suite));
  if (junit.empty()) return;
  write_file(junit, junit_xml(suite));
  tell_written(junit);
}

}  // namespace air::cli
