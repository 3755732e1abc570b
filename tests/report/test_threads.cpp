// SPDX-License-Identifier: BSD-3-Clause
// Results are values: one thread reports on its own while another runs the same session.
#include <doctest/doctest.h>

#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "airunner_report.h"
#include "common/values.h"

namespace {

constexpr int kRounds = 100;
constexpr uint64_t kSamples = 3;

struct Texts {
  std::string json, text, csv, trace;
  bool operator==(const Texts &) const = default;
};

template <class Make>
std::string taken(Make make) {
  char *text = nullptr;
  if (make(&text) != AIR_OK) return air_last_error()->message;
  const std::string copy = text;
  air_free_text(text);
  return copy;
}

Texts reports_of(const air_result *result) {
  return {taken([&](char **text) { return air_result_to_json(result, AIR_JSON_DATA, text); }),
          taken([&](char **text) { return air_result_to_text(result, nullptr, text); }),
          taken([&](char **text) { return air_result_to_csv(result, text); }),
          taken([&](char **text) { return air_result_to_trace(result, text); })};
}

air::HeldResult invoke(air_session *session, const air_input_set &inputs) {
  const air_invoke_options options{.struct_size = sizeof options, .mode = AIR_MODE_PER_LAYER_WITH_DATA};
  air::HeldResult result;
  REQUIRE(air_invoke(session, kSamples, inputs.inputs, inputs.n, nullptr, 0, &options, nullptr, result.out()) ==
          AIR_OK);
  return result;
}

}  // namespace

TEST_CASE("reports are made in one thread while another invokes") {
  air_runner *runner = nullptr;
  REQUIRE(air_connect("null:", nullptr, &runner) == AIR_OK);
  air_session *session = nullptr;
  REQUIRE(air_get_session_at(runner, 0, &session) == AIR_OK);
  air_input_set *inputs = nullptr;
  REQUIRE(air_make_random_inputs(session, kSamples, nullptr, &inputs) == AIR_OK);
  air::HeldResult first = invoke(session, *inputs);
  const Texts expected = reports_of(first.get());
  CHECK(expected.json.find("\"c_nodes\"") != std::string::npos);
  std::atomic<int> n_equal{0};
  std::jthread reporter([&, own = std::move(first)] {
    for (int i = 0; i < kRounds; ++i) n_equal += reports_of(own.get()) == expected ? 1 : 0;
  });
  std::vector<air::HeldResult> others;
  for (int i = 0; i < kRounds; ++i) {
    others.push_back(invoke(session, *inputs));
    if (i % 3 == 0) others.erase(others.begin());
    if (i % 10 == 0) air_trim(session);
  }
  reporter.join();
  CHECK(n_equal == kRounds);
  // Values outlive the runner.
  const Texts last = reports_of(others.back().get());
  air_free_inputs(inputs);
  CHECK(air_disconnect(runner) == AIR_OK);
  CHECK(reports_of(others.back().get()) == last);
}
