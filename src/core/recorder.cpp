// SPDX-License-Identifier: BSD-3-Clause
// Writes what an invoke measures into its result, and learns nodes and columns on the way.
#include "recorder.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <ctime>
#include <string_view>

#include "description.h"
#include "error.h"
#include "standard_columns.h"
#include "tensor.h"

namespace air {
namespace {

constexpr double kNsPerMs = 1e6;
constexpr uint32_t kMostCounters = 1u << 10;

// Of the last tick of the system's clock: cheaper than its exact time, and good enough.
int64_t unix_ms() {
  timespec now{};
  clock_gettime(CLOCK_REALTIME_COARSE, &now);
  return now.tv_sec * 1000 + now.tv_nsec / 1'000'000;
}

double to_ms(uint64_t ns) {
  return static_cast<double>(ns) / kNsPerMs;
}

std::vector<uint64_t> sizes_of(const air_tensor *const *tensors, uint32_t n) {
  std::vector<uint64_t> sizes(n);
  std::transform(tensors, tensors + n, sizes.begin(), [](const air_tensor *tensor) { return tensor->size_bytes; });
  return sizes;
}

// What the backend never told of, between nodes that it did.
const KnownNode &unknown_node() {
  static const KnownNode node = [] {
    air_node_info info{.struct_size = sizeof(air_node_info), .name = "", .description = "", .id = -1};
    return known_node(info);
  }();
  return node;
}

}  // namespace

Recorder::Recorder(const Model &model) : columns_(standard_columns()) {
  models_.push_back(shared(model));
  view_columns();
}

void Recorder::view_columns() {
  column_views_.clear();
  for (const KnownColumn &column : columns_) {
    column_views_.push_back(
        {column.name.c_str(), column.unit.c_str(), column.text.c_str(), column.kind, column.per_node ? 1u : 0u});
  }
  column_pointers_.clear();
  for (const air_column &column : column_views_) column_pointers_.push_back(&column);
}

void Recorder::begin(Result *result, uint32_t mode, uint64_t n_samples, const air_invoke_options &options) {
  result_ = result;
  n_samples_ = n_samples;
  const uint32_t rounds = std::max(options.repeat, 1u);
  // What is kept grows with the runs: nobody may wait for memory that is not used.
  n_total_ = checked_size(n_samples, rounds);
  n_done_ = 0;
  is_running_ = false;
  keeps_data_ = (mode & AIR_MODE_PER_LAYER_WITH_DATA) != 0 && (mode & AIR_MODE_EVENTS_ONLY) == 0;
  keeps_all_ = options.keep_nodes == nullptr;
  keep_nodes_.assign(options.keep_nodes, options.keep_nodes + (keeps_all_ ? 0 : options.n_keep_nodes));
  for (Node &node : nodes_) node.seen = false;
  if (result_ == nullptr) return;
  result_->profile.begin_unix_ms = unix_ms();
  result_->profile.mode = mode;
  result_->profile.asked_mode = options.mode;
  result_->profile.io_mode = options.io_mode;
  result_->profile.warmup = options.warmup;
  result_->profile.repeat = rounds;
  result_->profile.timeout_ms = options.timeout_ms;
}

uint32_t Recorder::column(const char *name, const char *unit, const char *text, air_kind kind, bool per_node) {
  const auto found = std::ranges::find(columns_, name, &KnownColumn::name);
  if (found != columns_.end()) return static_cast<uint32_t>(found - columns_.begin());
  columns_.push_back({name, unit, text, kind, per_node});
  view_columns();
  has_news_ = true;
  return static_cast<uint32_t>(columns_.size() - 1);
}

void Recorder::add_run(const air_run_result &measured, uint32_t n) {
  is_running_ = false;
  if (!recording_) return;
  const uint64_t first = n_done_;
  n_done_ += n;
  if (result_ == nullptr) return;
  Result::Place &whole = result_->whole;
  const double device = to_ms(measured.device_ns) / n;
  const double run = to_ms(measured.exec_ns) / n;
  for (uint64_t i = first; i < n_done_; ++i) {
    whole.column(kDeviceColumn).set(i, device);
    whole.column(kRunColumn).set(i, run);
  }
  result_->profile.device_ms += to_ms(measured.device_ns);
  if (measured.link_packets > 0 || measured.link_ns > 0) add_link(measured, first, n);
  if (measured.stack_bytes >= 0) {
    const uint32_t stack = column("memory.stack", "B", "stack used on the target", AIR_KIND_LEVEL, false);
    whole.column(stack).set(n_done_ - 1, static_cast<double>(measured.stack_bytes));
  }
  if (measured.heap_bytes >= 0) {
    const uint32_t heap = column("memory.heap", "B", "heap used on the target", AIR_KIND_LEVEL, false);
    whole.column(heap).set(n_done_ - 1, static_cast<double>(measured.heap_bytes));
  }
  const auto counters = counter_columns(measured.counters, measured.n_counters, measured.counter_type);
  for (size_t i = 0; i < counters.size(); ++i) {
    whole.column(counters[i]).set(n_done_ - 1, static_cast<double>(measured.counters[i]));
  }
}

// Of a run of several samples each gets its part.
void Recorder::add_link(const air_run_result &measured, uint64_t first, uint32_t n) {
  struct Value {
    const char *name, *unit, *text;
    air_kind kind;
    double value;
  };
  const auto number = [](uint64_t value) { return static_cast<double>(value); };
  const Value values[] = {
      {"time.link", "ms", "time on the link", AIR_KIND_DURATION, to_ms(measured.link_ns)},
      {"link.sent", "B", "sent", AIR_KIND_COUNT, number(measured.link_bytes_sent)},
      {"link.received", "B", "received", AIR_KIND_COUNT, number(measured.link_bytes_received)},
      {"link.packets", "", "packets", AIR_KIND_COUNT, number(measured.link_packets)},
      {"link.turnarounds", "", "changes of direction", AIR_KIND_COUNT, number(measured.link_turnarounds)},
  };
  for (const Value &value : values) {
    Series &series = result_->whole.column(column(value.name, value.unit, value.text, value.kind, false));
    for (uint32_t i = 0; i < n; ++i) series.set(first + i, value.value / n);
  }
  result_->profile.link_ms += to_ms(measured.link_ns);
}

std::span<const uint32_t> Recorder::counter_columns(const uint64_t *values, uint32_t n, const char *kind) {
  if (n == 0) return {};
  if (values == nullptr || n > kMostCounters) fail(AIR_ERROR_INTERNAL, "the backend told of {} counters", n);
  const std::string text = kind == nullptr ? "" : kind;
  while (counter_columns_.size() < n) {
    const std::string name = fmt::format("counter.{}", counter_columns_.size());
    const char *unit = text.find("cycles") != std::string::npos ? "cycles" : "";
    counter_columns_.push_back(column(name.c_str(), unit, text.c_str(), AIR_KIND_COUNT, true));
  }
  return std::span(counter_columns_).first(n);
}

void Recorder::measure(const air_run_node_event &event) {
  const auto counters = counter_columns(event.counters, event.n_counters, event.counter_type);
  event_values_.assign(columns_.size(), Series::kUnknown);
  event_values_[kDeviceColumn] = event.duration_ms;
  for (size_t i = 0; i < counters.size(); ++i) event_values_[counters[i]] = static_cast<double>(event.counters[i]);
}

Recorder::Node &Recorder::known_node_of(const air_run_node_event &event) {
  if (event.struct_size < sizeof(event)) fail(AIR_ERROR_INTERNAL, "the backend's node event is of an unknown size");
  const air_node_info *info = event.node;
  // A backend may learn the outputs of a node at its first end.
  const auto is_known = [info](const Node &node) {
    return node.info == info && node.output_sizes.size() == info->n_outputs;
  };
  if (info != nullptr && info->index < nodes_.size() && is_known(nodes_[info->index])) return nodes_[info->index];
  check_node_info(info);
  if (info->index >= nodes_.size()) nodes_.resize(info->index + 1);
  Node &node = nodes_[info->index];
  const bool seen = node.seen;
  if (node.info != nullptr) former_nodes_.push_back(std::move(node.known));
  node = {};
  node.known = known_node(*info);
  node.input_sizes = sizes_of(node.known.node->inputs, info->n_inputs);
  node.output_sizes = sizes_of(node.known.node->outputs, info->n_outputs);
  node.data_runs.resize(info->n_outputs);
  node.info = info;  // known now that it is complete
  has_news_ = true;
  if (seen) begin_node_of_invoke(node, info->index);
  return node;
}

void Recorder::begin_node_of_invoke(Node &node, uint32_t index) {
  node.seen = true;
  node.is_kept = keeps_data_ && (keeps_all_ || std::ranges::find(keep_nodes_, index) != keep_nodes_.end());
  std::fill(node.data_runs.begin(), node.data_runs.end(), 0);
}

// Data that are missing in one run, as where a shape varies, are left out for all: the block would have a hole.
void Recorder::store(Node &node, uint32_t index, uint32_t output, const void *sample) {
  if (sample == nullptr || node.data_runs[output] < n_done_) node.data_runs[output] = kIncomplete;
  if (node.data_runs[output] == kIncomplete) return;
  std::vector<Samples> &data = result_->node(index).data;
  if (data.size() < node.output_sizes.size()) data.resize(node.output_sizes.size());
  Samples &samples = data[output];
  const air_tensor &tensor = *node.known.node->outputs[output];
  if (node.data_runs[output] == 0) {
    samples.prepare(storage_shape_of(tensor), tensor.dtype, tensor.size_bytes, n_samples_);
  }
  std::memcpy(samples.at(n_done_ % n_samples_), sample, tensor.size_bytes);
  node.data_runs[output] = n_done_ + 1;
}

const Recorder::Node &Recorder::add_node(const air_run_node_event &event) {
  Node &node = known_node_of(event);
  if (!recording_ || n_done_ >= n_total_) return node;
  const uint32_t index = event.node->index;
  if (!node.seen) begin_node_of_invoke(node, index);
  measure(event);
  if (result_ == nullptr) return node;
  Result::Place &place = result_->node(index);
  for (uint32_t i = 0; i < event_values_.size(); ++i) {
    if (!std::isnan(event_values_[i])) place.column(i).set(n_done_, event_values_[i]);
  }
  if (event.statistics != nullptr) place.note(n_done_, event.statistics);
  if (!node.is_kept || event.data == nullptr) return node;
  for (uint32_t i = 0; i < node.output_sizes.size(); ++i) store(node, index, i, event.data[i]);
  return node;
}

void Recorder::renew_model() {
  if (!has_news_) return;
  std::vector<KnownNode> known;
  for (const Node &node : nodes_) known.push_back(node.info == nullptr ? unknown_node() : node.known);
  models_.push_back(ModelHolder(new Model(*models_.front(), known, columns_)));
  has_news_ = false;
}

// One value for each of the completed runs: a node may have been missing in some, or have run once more in one that was not completed.
void Recorder::end(uint64_t host_ns, bool stopped) {
  renew_model();
  Result *result = std::exchange(result_, nullptr);
  if (result == nullptr) return;
  for (uint32_t index = 0; index < nodes_.size(); ++index) {
    const Node &node = nodes_[index];
    if (!node.seen) continue;
    std::vector<Samples> &data = result->node(index).data;
    for (size_t i = 0; i < std::min(data.size(), node.data_runs.size()); ++i) {
      if (node.data_runs[i] < n_done_ || node.data_runs[i] == kIncomplete) data[i].drop();
    }
  }
  result->model = shared(model());
  result->profile.stopped = stopped ? 1 : 0;
  result->profile.host_ms = to_ms(host_ns);
  // Of a round that broke off in its first sample there is nothing, and of the one before that no more: it has the same memory.
  const uint64_t n_of_round = n_done_ % n_samples_;
  const bool is_whole = n_of_round == 0 && n_done_ > 0 && !is_running_;
  result->finish(n_done_, is_whole ? n_samples_ : n_of_round);
}

}  // namespace air
