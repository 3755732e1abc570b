// SPDX-License-Identifier: BSD-3-Clause
// What is measured in the runs of one model.
#include "aivalidation/model/measurements.h"

#include <algorithm>
#include <string_view>

#include "common/error.h"
#include "wire/counters.h"

namespace air::aivalidation {
namespace {

constexpr double kUnknown = backend::Run::kUnknown;
constexpr double kNsPerMs = 1e6;
constexpr size_t kMostCounters = 1'024;

// Behind time.device and time.run.
enum Column : uint32_t { kLinkTime = 2, kSent, kReceived, kPackets, kTurnarounds };

void set(std::vector<double> &values, uint32_t column, double value) {
  if (column >= values.size()) values.resize(column + 1, kUnknown);
  values[column] = value;
}

// A target that does not know says -1.
void add_usage(std::vector<double> &values, std::optional<uint32_t> &column, int32_t bytes, const char *what,
               const backend::Run &run) {
  if (bytes < 0) return;
  if (!column) {
    column = run.add_column(
        {.name = fmt::format("memory.{}", what), .unit = "B", .text = fmt::format("{} used on the target", what)});
  }
  set(values, *column, bytes);
}

}  // namespace

std::vector<backend::Column> Measurements::columns() {
  return {{.name = "time.link", .unit = "ms", .text = "time on the link", .kind = AIR_KIND_DURATION},
          {.name = "link.sent", .unit = "B", .text = "sent", .kind = AIR_KIND_COUNT},
          {.name = "link.received", .unit = "B", .text = "received", .kind = AIR_KIND_COUNT},
          {.name = "link.packets", .unit = "", .text = "packets", .kind = AIR_KIND_COUNT},
          {.name = "link.turnarounds", .unit = "", .text = "changes of direction", .kind = AIR_KIND_COUNT}};
}

void Measurements::begin_run() {
  std::ranges::fill(run_values_, kUnknown);
}

void Measurements::add_inference(const wire::Operator &op, const backend::Run &run) {
  add_usage(run_values_, stack_column_, op.stack_used, "stack", run);
  add_usage(run_values_, heap_column_, op.heap_used, "heap", run);
  add_counters(op, run, run_values_);
  npu_.add_inference(run, run_values_);
}

void Measurements::add_link(uint64_t ns, const Link::Traffic &before, const Link::Traffic &after) {
  set(run_values_, kLinkTime, static_cast<double>(ns) / kNsPerMs);
  set(run_values_, kSent, static_cast<double>(after.bytes_sent - before.bytes_sent));
  set(run_values_, kReceived, static_cast<double>(after.bytes_received - before.bytes_received));
  set(run_values_, kPackets, static_cast<double>(after.packets - before.packets));
  set(run_values_, kTurnarounds, static_cast<double>(after.turnarounds - before.turnarounds));
}

std::span<const double> Measurements::of_node(uint32_t node, double ms, const wire::Operator &op,
                                              const backend::Run &run) {
  std::ranges::fill(node_values_, kUnknown);
  set(node_values_, 0, ms);
  add_counters(op, run, node_values_);
  npu_.add_node(node, run, node_values_);
  return node_values_;
}

void Measurements::add_counters(const wire::Operator &op, const backend::Run &run, std::vector<double> &values) {
  wire::decode_counters(op.counter_type, op.counters, counters_);
  if (counters_.size() > kMostCounters) {
    fail(AIR_ERROR_PROTOCOL, "the target tells of {} counters, expected at most {}", counters_.size(), kMostCounters);
  }
  for (size_t i = 0; i < counters_.size(); ++i) {
    set(values, counter_column(i, op, run), static_cast<double>(counters_[i]));
  }
}

uint32_t Measurements::counter_column(size_t counter, const wire::Operator &op, const backend::Run &run) {
  if (counter < counter_columns_.size()) return counter_columns_[counter];
  const std::string_view what = wire::counter_type_name(rtid_, op.counter_type);
  counter_columns_.push_back(run.add_column({.name = fmt::format("counter.{}", counter),
                                             .unit = what.ends_with("cycles") ? "cycles" : "",
                                             .text = std::string(what),
                                             .kind = AIR_KIND_COUNT,
                                             .per_node = true}));
  return counter_columns_.back();
}

}  // namespace air::aivalidation
