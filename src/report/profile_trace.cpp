// SPDX-License-Identifier: BSD-3-Clause
// A result in the trace event format of Perfetto and chrome://tracing. A result keeps durations, not begins: the runs are laid one
// after the other, each a share of the link's time followed by its time on the device.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "report/measured.h"
#include "report/report.h"
#include "text/descriptions.h"
#include "text/provenance.h"

namespace air::report {
namespace {

enum Track { kHost = 1, kLink = 2, kDevice = 3 };

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

constexpr double kLongest = 1e15;  // 11 days

// What is no duration takes no time.
int64_t nanoseconds(double ms, double longest = kLongest) {
  return std::isnan(ms) ? 0 : std::llround(std::clamp(ms * 1e6, 0.0, longest));
}

// Lays the runs of a result one after the other. Whole nanoseconds, so that slices nest exactly.
class Layout {
 public:
  explicit Layout(const air_result *result)
      : host_ns_(nanoseconds(air_get_profile(result)->host_ms)),
        link_ns_(nanoseconds(link_ms(result))),
        n_runs_(n_runs(result)),
        device_(series(result, "time.device")) {
    const std::vector<uint32_t> executor_of = executors(result);
    for (const uint32_t index : measured_nodes(result)) {
      if (executor_of[index] != AIR_WHOLE_RUN) continue;
      const air_node &node = *air_get_result_model(result)->nodes[index];
      Json args = Json::object();
      args.add("node", index).add("m_id", node.layer).add("layer_desc", node.operation);
      if (*node.processor != '\0') args.add("processor", node.processor);
      if (node.computes_in != AIR_DTYPE_NONE) args.add("computes_in", air_dtype_name(node.computes_in));
      nodes_.push_back({series(result, "time.device", index), quoted(node.name), args.print(true)});
    }
    // All of them together do not leave the range of numbers.
    longest_ns_ =
        std::min(kLongest, 4e18 / (static_cast<double>(n_runs_) * static_cast<double>(nodes_.size() + 1) + 1));
  }

  void add_to(Trace &trace) const {
    const auto link_ns = static_cast<uint64_t>(link_ns_);
    uint64_t link_done = 0;
    int64_t now = 0;
    for (uint64_t run = 0; run < n_runs_; ++run) {
      // Equal parts that add up exactly.
      const uint64_t link_until = link_ns / n_runs_ * (run + 1) + link_ns % n_runs_ * (run + 1) / n_runs_;
      const auto transfer = static_cast<int64_t>(link_until - link_done);
      const int64_t device = device_ns(run);
      link_done = link_until;
      if (is_known(run)) trace.slice(kHost, fmt::format("\"sample {}\"", run), now, transfer + device);
      if (link_ns > 0) trace.slice(kLink, "\"transfer\"", now, transfer);
      add_device(trace, run, now + transfer);
      now += transfer + device;
    }
  }

  // The whole call; a device's clock may say that it took longer than the host's does.
  int64_t whole_ns() const {
    int64_t sum = link_ns_;
    for (uint64_t run = 0; run < n_runs_; ++run) sum += device_ns(run);
    return std::max(sum, host_ns_);
  }

 private:
  struct Node {
    Series durations;
    std::string name, args;
  };

  static bool is_known(Series durations, uint64_t run) { return !durations.empty() && !std::isnan(durations[run]); }

  // Of the device's part of a run. Slices of unknown length are left out.
  bool is_known(uint64_t run) const { return is_known(device_, run); }

  // Of one run. A device may report less than the sum of its nodes.
  int64_t device_ns(uint64_t run) const {
    int64_t sum = 0;
    for (const Node &node : nodes_)
      sum += is_known(node.durations, run) ? nanoseconds(node.durations[run], longest_ns_) : 0;
    return is_known(run) ? std::max(nanoseconds(device_[run], longest_ns_), sum) : sum;
  }

  // The device's part of one run: the sample, its nodes within.
  void add_device(Trace &trace, uint64_t run, int64_t begin) const {
    if (is_known(run)) trace.slice(kDevice, fmt::format("\"sample {}\"", run), begin, device_ns(run));
    for (const Node &node : nodes_) {
      if (!is_known(node.durations, run)) continue;
      const int64_t duration = nanoseconds(node.durations[run], longest_ns_);
      trace.slice(kDevice, node.name, begin, duration, node.args);
      begin += duration;
    }
  }

  int64_t host_ns_, link_ns_;
  uint64_t n_runs_;
  Series device_;
  std::vector<Node> nodes_;
  double longest_ns_;
};

Json about(const air_model &model, const air_profile &profile) {
  Json object = Json::object();
  object.add("airunner", air_version()).add("descriptor", model.descriptor).add("backend", model.backend);
  object.add("model", model.name).add("hash", property(model, "hash")).add("device", property(model, "device"));
  object.add("mode_not_granted", fmt::format("{}", fmt::join(missing_modes(profile.asked_mode, profile.mode), "|")));
  object.add("begin", time_stamp(profile.begin_unix_ms)).add("host", property(model, "host"));
  object.add("times",
             "durations are measured; begins are made up by laying the runs one after the other, the link's time in "
             "equal parts");
  return object;
}

}  // namespace

std::string result_to_trace(const air_result *result) {
  const air_model &model = *air_get_result_model(result);
  const air_profile &profile = *air_get_profile(result);
  const Layout layout(result);
  Trace trace;
  trace.name_process(quoted(fmt::format("{} on {}", model.name, property(model, "device")).c_str()));
  trace.name_track(kHost, "host");
  trace.name_track(kLink, "link");
  trace.name_track(kDevice, "device");
  Json args = Json::object();
  args.add("device_ms", device_ms(result)).add("link_ms", link_ms(result)).add("host_ms", profile.host_ms);
  trace.slice(kHost, "\"invoke\"", 0, layout.whole_ns(), args.print(true));
  layout.add_to(trace);
  return trace.print(about(model, profile));
}

}  // namespace air::report
