// SPDX-License-Identifier: BSD-3-Clause
// Traces: valid, tracks named, slices nested, durations those of the profile.
#include <cjson/cJSON.h>
#include <doctest/doctest.h>

#include <cmath>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "report/report.h"
#include "sample.h"

using namespace air::report;

namespace {

struct Slice {
  std::string name;
  double begin, duration;  // microseconds
};

struct Trace {
  std::map<int, std::string> track_names;
  std::map<std::string, std::vector<Slice>> tracks;
};

const cJSON *item(const cJSON *object, const char *key) {
  const cJSON *found = cJSON_GetObjectItemCaseSensitive(object, key);
  REQUIRE_MESSAGE(found != nullptr, key);
  return found;
}

Trace read(const std::string &text) {
  const std::unique_ptr<cJSON, decltype(&cJSON_Delete)> root(cJSON_Parse(text.c_str()), &cJSON_Delete);
  REQUIRE(root != nullptr);
  Trace trace;
  const cJSON *event = nullptr;
  cJSON_ArrayForEach(event, item(root.get(), "traceEvents")) {
    const std::string name = item(event, "name")->valuestring, phase = item(event, "ph")->valuestring;
    if (name == "thread_name") {
      trace.track_names[item(event, "tid")->valueint] = item(item(event, "args"), "name")->valuestring;
    } else if (phase == "X") {
      const std::string track = trace.track_names.at(item(event, "tid")->valueint);
      trace.tracks[track].push_back({name, item(event, "ts")->valuedouble, item(event, "dur")->valuedouble});
    }
  }
  return trace;
}

// Each slice lies within the one it begins in, and begins not before its predecessor.
void check_nesting(const std::vector<Slice> &slices) {
  constexpr double least = 0.0005;  // half a nanosecond
  std::vector<Slice> open;
  double last = 0;
  for (const Slice &slice : slices) {
    CHECK(slice.begin >= last - least);
    last = slice.begin;
    while (!open.empty() && open.back().begin + open.back().duration <= slice.begin + least) open.pop_back();
    if (!open.empty()) CHECK(slice.begin + slice.duration <= open.back().begin + open.back().duration + least);
    if (slice.duration > 0) open.push_back(slice);
  }
}

double sum_us(const std::vector<Slice> &slices, const std::string &prefix) {
  double sum = 0;
  for (const Slice &slice : slices) sum += slice.name.starts_with(prefix) ? slice.duration : 0;
  return sum;
}

Trace trace_of(const sample::Result &sample) {
  return read(result_to_trace(sample.make().get()));
}

}  // namespace

TEST_CASE("a trace has the result's durations on three tracks") {
  const Trace trace = trace_of(sample::Result());
  REQUIRE(trace.tracks.size() == 3);
  for (const auto &[name, slices] : trace.tracks) check_nesting(slices);
  const std::vector<Slice> &device = trace.tracks.at("device"), &link = trace.tracks.at("link"),
                           &host = trace.tracks.at("host");
  CHECK(device.size() == 2 * (1 + 3));
  CHECK(sum_us(device, "sample ") == doctest::Approx(20'000));
  CHECK(sum_us(device, "ai_node_0") == doctest::Approx(14'000));
  CHECK(sum_us(device, "ai_node_1") == doctest::Approx(2'000));
  CHECK(sum_us(link, "transfer") == doctest::Approx(5'000));
  CHECK(link.size() == 2);
  CHECK(sum_us(host, "invoke") == doctest::Approx(30'000));
  CHECK(sum_us(host, "sample ") == doctest::Approx(25'000));
}

TEST_CASE("odd durations make no odd trace") {
  sample::Result sample;
  sample.values["time.link"] = {1e-5, 0};  // 10 ns for 2 runs
  sample.profile.host_ms = 1;              // less than the device says
  sample.values["time.device"] = {-1, NAN};
  sample.node_values[0]["time.device"] = {INFINITY, 3};
  const Trace trace = trace_of(sample);
  for (const auto &[name, slices] : trace.tracks) check_nesting(slices);
  CHECK(sum_us(trace.tracks.at("link"), "transfer") == doctest::Approx(0.01));
  CHECK(trace.tracks.at("host")[0].duration >= sum_us(trace.tracks.at("device"), "sample "));
}

TEST_CASE("what took a time that is not known is no slice") {
  sample::Result sample;
  sample.values["time.device"] = {9, NAN};
  sample.node_values[1]["time.device"] = {NAN, 1};
  const Trace trace = trace_of(sample);
  for (const auto &[name, slices] : trace.tracks) check_nesting(slices);
  std::map<std::string, int> counts;
  for (const Slice &slice : trace.tracks.at("device")) ++counts[slice.name];
  CHECK(counts == std::map<std::string, int>{{"sample 0", 1}, {"ai_node_0", 2}, {"ai_node_1", 1}, {"ai_node_2", 2}});
  CHECK(trace.tracks.at("host").size() == 2);  // the call and the first sample
}

TEST_CASE("durations beyond all measure stay in range") {
  sample::Result sample;
  sample.profile.n_samples = sample.profile.n_runs = 10'000;
  sample.has_data = false;
  sample.notes.clear();
  sample.values = {{"time.device", std::vector<double>(10'000, INFINITY)}};
  sample.node_values.assign(3, sample.values);
  const Trace trace = trace_of(sample);
  for (const Slice &slice : trace.tracks.at("device")) {
    REQUIRE(slice.begin >= 0);
    REQUIRE(slice.duration >= 0);
  }
}

TEST_CASE("a trace of nothing is a trace") {
  sample::Result sample;
  sample.profile = {.host_ms = 2};
  sample.values.clear();
  sample.node_values.assign(3, {});
  sample.has_data = false;
  sample.notes.clear();
  const Trace trace = trace_of(sample);
  CHECK(trace.tracks.size() == 1);
  CHECK(trace.track_names.size() == 3);
  CHECK(trace.tracks.at("host").size() == 1);
}
