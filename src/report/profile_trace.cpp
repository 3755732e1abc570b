// SPDX-License-Identifier: BSD-3-Clause
// A profile in the trace event format of Perfetto and chrome://tracing. A profile keeps durations, not begins: the runs are laid one
// after the other, each a share of the link's time followed by its time on the device.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "circumstances.h"
#include "report.h"
#include "texts.h"

namespace air::report {
namespace {

enum Track { kHost = 1, kLink = 2, kDevice = 3 };

// Whole nanoseconds, so that slices nest exactly. What is no duration takes no time; none is longer than 11 days.
int64_t nanoseconds(double ms) {
  constexpr double longest = 1e15;
  return std::isnan(ms) ? 0 : std::llround(std::clamp(ms * 1e6, 0.0, longest));
}

class Trace {
 public:
  // `args` is a JSON object, or empty.
  void slice(Track track, const std::string &quoted_name, int64_t begin_ns, int64_t duration_ns,
             std::string_view args = {}) {
    begin_event();
    fmt::format_to(std::back_inserter(events_), R"({{"ph":"X","pid":1,"tid":{},"name":{},"ts":{}.{:03},"dur":{}.{:03})",
                   static_cast<int>(track), quoted_name, begin_ns / 1000, begin_ns % 1000, duration_ns / 1000,
                   duration_ns % 1000);
    if (!args.empty()) fmt::format_to(std::back_inserter(events_), R"(,"args":{})", args);
    events_ += '}';
  }

  void name_track(Track track, const char *name) {
    begin_event();
    fmt::format_to(std::back_inserter(events_),
                   R"({{"ph":"M","pid":1,"tid":{0},"name":"thread_name","args":{{"name":"{1}"}}}},)"
                   "\n"
                   R"({{"ph":"M","pid":1,"tid":{0},"name":"thread_sort_index","args":{{"sort_index":{0}}}}})",
                   static_cast<int>(track), name);
  }

  void name_process(const std::string &quoted_name) {
    begin_event();
    fmt::format_to(std::back_inserter(events_), R"({{"ph":"M","pid":1,"name":"process_name","args":{{"name":{}}}}})",
                   quoted_name);
  }

  std::string print(const Json &about) const {
    return fmt::format("{{\"displayTimeUnit\":\"ns\",\"otherData\":{},\"traceEvents\":[\n{}\n]}}\n", about.print(true),
                       events_);
  }

 private:
  void begin_event() {
    if (!events_.empty()) events_ += ",\n";
  }

  std::string events_;
};

std::string quoted(const char *text) {
  return Json(text).print(true);
}

struct NodeTexts {
  std::string name, args;
};

std::vector<NodeTexts> node_texts(const air_profile &profile) {
  std::vector<NodeTexts> texts;
  for (const air_node_profile *node : std::span(profile.nodes, profile.n_nodes)) {
    Json args = Json::object();
    args.add("node", node->info->index).add("m_id", node->info->id).add("layer_desc", node->info->description);
    texts.push_back({quoted(node->info->name), args.print(true)});
  }
  return texts;
}

// Of one run. A device may report less than the sum of its nodes.
int64_t device_ns(const air_profile &profile, uint64_t run) {
  int64_t sum = 0;
  for (const air_node_profile *node : std::span(profile.nodes, profile.n_nodes)) {
    sum += nanoseconds(node->durations_ms[run]);
  }
  return std::max(nanoseconds(profile.durations_ms[run]), sum);
}

// The device's part of one run: the sample, its nodes within.
void add_device(Trace &trace, const air_profile &profile, const std::vector<NodeTexts> &texts, uint64_t run,
                int64_t begin) {
  trace.slice(kDevice, fmt::format("\"sample {}\"", run), begin, device_ns(profile, run));
  for (uint32_t i = 0; i < profile.n_nodes; ++i) {
    const int64_t duration = nanoseconds(profile.nodes[i]->durations_ms[run]);
    trace.slice(kDevice, texts[i].name, begin, duration, texts[i].args);
    begin += duration;
  }
}

void add_runs(Trace &trace, const air_profile &profile) {
  const std::vector<NodeTexts> texts = node_texts(profile);
  const uint64_t n_runs = profile.n_durations;
  const auto link_ns = static_cast<uint64_t>(nanoseconds(profile.link_ms));
  uint64_t link_done = 0;
  int64_t now = 0;
  for (uint64_t run = 0; run < n_runs; ++run) {
    // Equal parts that add up exactly.
    const uint64_t link_until = link_ns / n_runs * (run + 1) + link_ns % n_runs * (run + 1) / n_runs;
    const auto transfer = static_cast<int64_t>(link_until - link_done);
    const int64_t device = device_ns(profile, run);
    link_done = link_until;
    trace.slice(kHost, fmt::format("\"sample {}\"", run), now, transfer + device);
    if (link_ns > 0) trace.slice(kLink, "\"transfer\"", now, transfer);
    add_device(trace, profile, texts, run, now + transfer);
    now += transfer + device;
  }
}

// The whole call; a device's clock may say that it took longer than the host's does.
int64_t whole_ns(const air_profile &profile) {
  int64_t sum = nanoseconds(profile.link_ms);
  for (uint64_t run = 0; run < profile.n_durations; ++run) sum += device_ns(profile, run);
  return std::max(sum, nanoseconds(profile.host_ms));
}

Json about(const air_model_info &info, const air_profile &profile, const RunnerTexts &runner) {
  Json object = Json::object();
  object.add("airunner", version_text()).add("descriptor", runner.descriptor).add("backend", runner.backend);
  object.add("model", info.name).add("hash", info.hash).add("device", info.device->description);
  object.add("mode_not_granted", fmt::format("{}", fmt::join(missing_modes(runner.asked_mode, profile.mode), "|")));
  object.add("begin", time_stamp(profile.begin_unix_s)).add("host", air_get_host());
  object.add("times",
             "durations are measured; begins are made up by laying the runs one after the other, the link's time in "
             "equal parts");
  return object;
}

}  // namespace

std::string profile_to_trace(const air_model_info &info, const air_profile &profile, const RunnerTexts &runner) {
  Trace trace;
  trace.name_process(quoted(fmt::format("{} on {}", info.name, info.device->description).c_str()));
  trace.name_track(kHost, "host");
  trace.name_track(kLink, "link");
  trace.name_track(kDevice, "device");
  Json args = Json::object();
  args.add("device_ms", profile.device_ms).add("link_ms", profile.link_ms).add("host_ms", profile.host_ms);
  trace.slice(kHost, "\"invoke\"", 0, whole_ns(profile), args.print(true));
  add_runs(trace, profile);
  return trace.print(about(info, profile, runner));
}

}  // namespace air::report
