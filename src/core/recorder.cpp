// SPDX-License-Identifier: BSD-3-Clause
// Keeps what an invoke measures, and shows it as air_profile. Memory is kept from one invoke to the next.
#include "recorder.h"

#include <algorithm>
#include <cstring>
#include <ctime>

#include "description.h"
#include "error.h"
#include "tensor.h"

namespace air {
namespace {

constexpr double kNsPerMs = 1e6;
constexpr uint32_t kMostCounters = 1u << 16;

// Of the last tick of the system's clock: cheaper than its exact time, and good enough for seconds.
int64_t unix_seconds() {
  timespec now{};
  clock_gettime(CLOCK_REALTIME_COARSE, &now);
  return now.tv_sec;
}

double to_ms(uint64_t ns) {
  return static_cast<double>(ns) / kNsPerMs;
}

}  // namespace

std::byte *Block::reserve(uint64_t size) {
  if (size > capacity_) {
    capacity_ = 0;
    bytes_.reset();
    bytes_ = std::make_unique_for_overwrite<std::byte[]>(size);
    capacity_ = size;
  }
  return bytes_.get();
}

void Counters::clear() noexcept {
  n_per_run_ = 0;
  type_ = "";
}

void Counters::add(const uint64_t *values, uint32_t n, const char *type, uint64_t run) {
  const bool first = n_per_run_ == 0;
  if (n == 0 || n > kMostCounters || values == nullptr || (!first && n != n_per_run_)) return;
  if (first) {
    n_per_run_ = n;
    type_ = type == nullptr ? "" : type;
    values_.clear();
  }
  values_.resize((run + 1) * n);
  std::copy_n(values, n, values_.begin() + static_cast<ptrdiff_t>(run * n));
}

void Counters::fit(uint64_t n_runs) {
  values_.resize(n_runs * n_per_run_);
}

void Recorder::begin(uint32_t mode, uint64_t n_samples, const air_invoke_options &options) {
  valid_ = false;
  mode_ = mode;
  n_samples_ = n_samples;
  const uint32_t rounds = std::max(options.repeat, 1u);
  n_total_ =
      checked_size(n_samples, rounds);  // what is kept grows with the runs: nobody may wait for memory that is not used
  n_done_ = 0;
  durations_.clear();
  exec_times_.clear();
  counters_.clear();
  for (Node &node : nodes_) node.seen = false;
  view_ = {};
  view_.struct_size = sizeof(air_profile);
  view_.stack_bytes = view_.heap_bytes = -1;
  view_.begin_unix_s = unix_seconds();
  view_.io_mode = options.io_mode;
  view_.warmup = options.warmup;
  view_.repeat = rounds;
  view_.timeout_ms = options.timeout_ms;
}

void Recorder::add_run(const air_run_result &result, uint32_t n) {
  if (!recording_) return;
  const double duration = to_ms(result.device_ns) / n;
  const double exec_time = to_ms(result.exec_ns) / n;
  for (uint32_t i = 0; i < n; ++i, ++n_done_) {
    durations_.push_back(duration);
    exec_times_.push_back(exec_time);
  }
  view_.device_ms += to_ms(result.device_ns);
  view_.link_ms += to_ms(result.link_ns);
  view_.link_bytes_sent += result.link_bytes_sent;
  view_.link_bytes_received += result.link_bytes_received;
  view_.link_packets += result.link_packets;
  view_.link_turnarounds += result.link_turnarounds;
  view_.stack_bytes = result.stack_bytes;
  view_.heap_bytes = result.heap_bytes;
  counters_.add(result.counters, result.n_counters, result.counter_type, n_done_ - 1);
}

Recorder::Node &Recorder::known_node(const air_node_event &event) {
  if (event.struct_size < sizeof(event)) fail(AIR_ERROR_INTERNAL, "the backend's node event is of an unknown size");
  const air_node_info *info = event.node;
  // A backend may learn the outputs of a node at its first end.
  const auto is_known = [info](const Node &node) { return node.info == info && node.data.size() == info->n_outputs; };
  if (info != nullptr && info->index < nodes_.size() && is_known(nodes_[info->index])) return nodes_[info->index];
  check_node_info(info);
  if (info->index >= nodes_.size()) nodes_.resize(info->index + 1);
  Node &node = nodes_[info->index];
  node.info = nullptr;  // known when it is complete
  node.data.resize(info->n_outputs);
  node.data_view.resize(info->n_outputs);
  node.data_runs.resize(info->n_outputs);
  node.info = info;
  return node;
}

void Recorder::Node::begin() {
  seen = true;
  counters.clear();
  statistics.clear();
  durations.clear();
  std::fill(data_view.begin(), data_view.end(), nullptr);
  std::fill(data_runs.begin(), data_runs.end(), 0);
}

// Data that are missing in one run, as where a shape varies, are left out for all: the block would have a hole.
void Recorder::Node::store(uint32_t output, const void *sample, uint64_t n_samples, uint64_t run) {
  if (sample == nullptr || data_runs[output] < run) data_runs[output] = kIncomplete;
  if (data_runs[output] == kIncomplete) return;
  const uint64_t size = info->outputs[output]->size_bytes;
  std::byte *block = data[output].reserve(checked_size(size, n_samples));
  std::memcpy(block + run % n_samples * size, sample, size);
  data_view[output] = block;
  data_runs[output] = run + 1;
}

void Recorder::add_node(const air_node_event &event) {
  Node &node = known_node(event);
  if (!recording_ || n_done_ >= n_total_) return;
  if (!node.seen) node.begin();
  node.durations.resize(n_done_ + 1);
  node.durations[n_done_] = event.duration_ms;
  node.counters.add(event.counters, event.n_counters, event.counter_type, n_done_);
  if (event.statistics != nullptr) {
    node.statistics.resize(n_done_ + 1);
    node.statistics[n_done_] = event.statistics;
  }
  if ((mode_ & AIR_MODE_PER_LAYER_WITH_DATA) == 0 || event.data == nullptr) return;
  for (uint32_t i = 0; i < node.info->n_outputs; ++i) node.store(i, event.data[i], n_samples_, n_done_);
}

// One value for each of n completed runs: a node may have been missing in some, or have run once more in one that was not completed.
void Recorder::Node::fit(uint64_t n) {
  for (size_t i = 0; i < data_view.size(); ++i) {
    if (data_runs[i] < n || data_runs[i] == kIncomplete) data_view[i] = nullptr;
  }
  durations.resize(n);
  counters.fit(n);
  if (!statistics.empty()) statistics.resize(n);
  statistics_view.clear();
  for (const std::string &text : statistics) statistics_view.push_back(text.c_str());
}

void Recorder::view_nodes() {
  node_views_.clear();
  for (Node &node : nodes_) {
    if (!node.seen) continue;
    node.fit(n_done_);
    const bool with_data =
        std::any_of(node.data_view.begin(), node.data_view.end(), [](const void *p) { return p != nullptr; });
    node.view = {
        .struct_size = sizeof(air_node_profile),
        .n_counters = node.counters.n_per_run(),
        .info = node.info,
        .durations_ms = node.durations.data(),
        .data = with_data ? node.data_view.data() : nullptr,
        .counter_type = node.counters.type(),
        .counters = node.counters.values(),
        .statistics = node.statistics.empty() ? nullptr : node.statistics_view.data(),
    };
    node_views_.push_back(&node.view);
  }
}

void Recorder::end(uint64_t host_ns, bool stopped) {
  view_nodes();
  counters_.fit(n_done_);
  view_.mode = mode_;
  view_.n_durations = n_done_;
  view_.n_samples = n_done_ == 0 ? 0 : (n_done_ - 1) % n_samples_ + 1;
  view_.durations_ms = durations_.data();
  view_.exec_times_ms = exec_times_.data();
  view_.stopped = stopped ? 1 : 0;
  view_.n_nodes = static_cast<uint32_t>(node_views_.size());
  view_.nodes = node_views_.data();
  view_.host_ms = to_ms(host_ns);
  view_.counter_type = counters_.type();
  view_.n_counters = counters_.n_per_run();
  view_.counters = counters_.values();
  valid_ = true;
}

}  // namespace air
