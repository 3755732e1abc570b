// SPDX-License-Identifier: BSD-3-Clause
// What a verdict is made of, for the programs that watch over builds: JUnit's XML, and annotations of GitHub's workflows.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "airunner_report.h"
#include "common/json.h"

namespace air::cli {

enum class Finding { kPassed, kNoted, kFailed, kOpen };  // noted: passed, and still to be looked at

struct TestCase {
  std::string name;  // "p50", "output probabilities"
  Finding finding;
  std::string kind;  // "regression", "cannot tell"
  std::string text;  // one sentence
};

struct TestSuite {
  std::string name;  // "airunner compare model.onnx model.tflite"
  std::string text;  // the verdict in one sentence
  std::vector<TestCase> cases;
};

TestSuite suite_of(const air_comparison &comparison);  // a case for each output, and each node that was judged
TestSuite suite_of(const JsonView &regression);        // one for all that has a limit, of airunner.regression/1

std::string junit_xml(const TestSuite &suite);
// Workflow commands: an error for each case that failed, a warning for what is noted or open, a notice where all passed.
std::string github_annotations(const TestSuite &suite);

// Both, where they are asked for: `junit` is a file, "" for none. Annotations go to standard error, which GitHub reads as well.
void write_findings(const TestSuite &suite, const std::string &junit, bool github);

}  // namespace air::cli
