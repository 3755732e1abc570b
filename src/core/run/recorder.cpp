// SPDX-License-Identifier: BSD-3-Clause
// Writes what an invoke measures into its result, and learns nodes and columns on the way.
#include "core/run/recorder.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "common/utf8.h"
#include "core/error.h"
#include "core/values/standard_columns.h"
#include "core/values/tensor.h"
#include "platform/threads/clock.h"

namespace air {
namespace {

constexpr double kNsPerMs = 1e6;
constexpr double kLongestMs = static_cast<double>(INT64_MAX) / kNsPerMs;

// 0 is unknown.
double checked_ms(const char *what, uint64_t ns) {
  if (ns == 0) return Series::kUnknown;
  if (ns == AIR_BACKEND_ZERO) return 0;
  if (ns > static_cast<uint64_t>(INT64_MAX)) fail(AIR_ERROR_INTERNAL, "{} is {}, which is no time", what, ns);
  return static_cast<double>(ns) / kNsPerMs;
}

// What a sample has of what was measured for n together.
double share(const KnownColumn &column, double value, uint32_t n) {
  return column.kind == AIR_KIND_LEVEL ? value : value / n;
}

std::vector<air_view> views_of(const air_tensor *const *tensors, uint32_t n) {
  std::vector<air_view> views(n);
  std::transform(tensors, tensors + n, views.begin(), [](const air_tensor *tensor) {
    return air_view{nullptr, tensor->size_bytes, tensor->storage_shape, tensor->rank, tensor->dtype};
  });
  return views;
}

Recorder::Node node_from(KnownNode known) {
  const air_node &node = *known.node;
  return {.known = std::move(known),
          .inputs = views_of(node.inputs, node.n_inputs),
          .outputs = views_of(node.outputs, node.n_outputs),
          .data_samples = std::vector<uint64_t>(node.n_outputs)};
}

const int64_t *shape_of_event(const air_backend_event &event, uint32_t tensor) {
  return event.shapes == nullptr ? nullptr : event.shapes[tensor];
}

// Views the tensors of an event. The shape of an open one is that of the event.
void view_event(const air_backend_event &event, const air_tensor *const *tensors, std::vector<air_view> &views) {
  for (uint32_t i = 0; i < views.size(); ++i) {
    views[i].data = event.data == nullptr ? nullptr : event.data[i];
    if (!is_open(*tensors[i])) continue;
    const bool is_there = views[i].data != nullptr;
    views[i].size_bytes = is_there ? closed_tensor(*tensors[i], shape_of_event(event, i)).size_bytes : 0;
    views[i].shape = is_there ? shape_of_event(event, i) : tensors[i]->storage_shape;
  }
}

}  // namespace

Recorder::Recorder(DescribedModel described) : columns_(std::move(described.columns)) {
  models_.push_back(std::move(described.model));
  for (KnownNode &known : described.nodes) nodes_.push_back(node_from(std::move(known)));
  for (const Node &node : nodes_) {
    for (const uint32_t covered : std::span(node.known.node->covers, node.known.node->n_covers))
      nodes_[covered].is_covered = true;
  }
  view_columns();
  renew_model();
}

void Recorder::view_columns() {
  column_views_.clear();
  for (const KnownColumn &column : columns_) {
    column_views_.push_back(
        {column.name.c_str(), column.unit.c_str(), column.text.c_str(), column.kind, column.per_node ? 1u : 0u});
  }
  column_pointers_.clear();
  for (const air_column &column : column_views_) column_pointers_.push_back(&column);
  const auto link = std::ranges::find(columns_, "time.link", &KnownColumn::name);
  link_column_ = link == columns_.end() ? UINT32_MAX : static_cast<uint32_t>(link - columns_.begin());
}

void Recorder::begin(Result *result, uint32_t mode, uint64_t n_samples, const air_invoke_options &options) {
  result_ = result;
  n_samples_ = n_samples;
  const uint32_t rounds = std::max(options.repeat, 1u);
  checked_size(n_samples, rounds);  // what is kept grows with the runs: nobody may wait for memory that is not used
  n_done_ = 0;
  is_running_ = false;
  keeps_data_ = (mode & AIR_MODE_PER_LAYER_WITH_DATA) != 0 && (mode & AIR_MODE_EVENTS_ONLY) == 0;
  keeps_all_ = options.keep_nodes == nullptr;
  keep_nodes_.assign(options.keep_nodes, options.keep_nodes + (keeps_all_ ? 0 : options.n_keep_nodes));
  for (Node &node : nodes_) node.seen = false;
  former_nodes_.clear();
  if (result_ == nullptr) return;
  result_->profile.begin_unix_ms = unix_ms_of_last_tick();
  result_->profile.mode = mode;
  result_->profile.asked_mode = options.mode;
  result_->profile.io_mode = options.io_mode;
  result_->profile.warmup = options.warmup;
  result_->profile.repeat = rounds;
  result_->profile.timeout_ms = options.timeout_ms;
}

// ---- Runs

void Recorder::begin_run(uint64_t sample, uint32_t n) noexcept {
  ++run_;
  run_sample_ = sample;
  n_of_run_ = n;
  is_running_ = recording_;
}

// `first`: the column of the first value.
void Recorder::check_values(const double *values, uint32_t n, uint32_t first, bool of_node) const {
  if (n > columns_.size() - first) {
    fail(AIR_ERROR_INTERNAL, "{} values from column {} on, and there are {} columns", n, first, columns_.size());
  }
  if (n > 0 && values == nullptr) fail(AIR_ERROR_INTERNAL, "{} values that are NULL", n);
  for (uint32_t i = 0; i < n; ++i) {
    if (std::isnan(values[i])) continue;
    const KnownColumn &column = columns_[first + i];
    const bool is_duration = column.kind == AIR_KIND_DURATION;
    if (std::isinf(values[i]) || (is_duration && (values[i] < 0 || values[i] > kLongestMs)))
      fail(AIR_ERROR_INTERNAL, "{} is {}, which cannot be", column.name, values[i]);
    if (of_node && !column.per_node) fail(AIR_ERROR_INTERNAL, "a value of {}, which nodes do not have", column.name);
  }
}

void Recorder::add_run(const air_run_result &measured, double own_ms) {
  is_running_ = false;
  device_ms_ = checked_ms("device_ns", measured.device_ns);
  const double run_ms = measured.run_ns == 0 ? own_ms : checked_ms("run_ns", measured.run_ns);
  check_values(measured.values, measured.n_values, kRunColumn + 1, false);
  if (!recording_) return;
  const uint64_t first = n_done_;
  n_done_ += n_of_run_;
  if (result_ == nullptr) return;
  Result::Place &whole = result_->whole;
  const auto set = [&](uint32_t column, double value) {
    if (std::isnan(value)) return;
    const double of_sample = share(columns_[column], value, n_of_run_);
    Series &series = whole.column(column);
    for (uint64_t i = first; i < n_done_; ++i) series.set(i, of_sample);
  };
  set(kDeviceColumn, device_ms_);
  set(kRunColumn, run_ms);
  for (uint32_t i = 0; i < measured.n_values; ++i) set(kRunColumn + 1 + i, measured.values[i]);
  if (measured.note != nullptr && *measured.note != '\0') whole.note(first, valid_utf8(measured.note).c_str());
}

// ---- Nodes

Recorder::Node &Recorder::node_of(const air_backend_event &event) {
  if (event.node >= nodes_.size()) {
    fail(AIR_ERROR_INTERNAL, "an event of node {}, which was not described: {} are known", event.node, nodes_.size());
  }
  const bool is_in_run = event.n_samples <= n_of_run_ && event.sample >= run_sample_ &&
                         event.sample - run_sample_ <= n_of_run_ - event.n_samples;
  if (!is_in_run) {
    fail(AIR_ERROR_INTERNAL, "an event of {} samples from sample {} on, in a run of {} from {} on", event.n_samples,
         event.sample, n_of_run_, run_sample_);
  }
  Node &node = nodes_[event.node];
  if (node.run != run_) {
    node.run = run_;
    node.n_begun = node.n_ended = 0;
  }
  return node;
}

const Recorder::Node &Recorder::begin_node(const air_backend_event &event) {
  Node &node = node_of(event);
  if (event.sample - run_sample_ < node.n_begun)
    fail(AIR_ERROR_INTERNAL, "node {} begins twice in sample {}", event.node, event.sample);
  node.n_begun = event.sample - run_sample_ + event.n_samples;
  view_event(event, node.known.node->inputs, node.inputs);
  return node;
}

void Recorder::begin_node_of_invoke(Node &node, uint32_t index) {
  node.seen = true;
  node.is_kept = keeps_data_ && (keeps_all_ || std::ranges::find(keep_nodes_, index) != keep_nodes_.end());
  std::fill(node.data_samples.begin(), node.data_samples.end(), 0);
}

// Data that are missing for one sample are left out for all: the block would have a hole.
void Recorder::store(Node &node, const air_backend_event &event, uint32_t output) {
  const auto *data = static_cast<const std::byte *>(event.data[output]);
  const uint64_t sample = n_done_ + (event.sample - run_sample_);
  if (data == nullptr || node.data_samples[output] < sample) node.data_samples[output] = kIncomplete;
  if (node.data_samples[output] == kIncomplete) return;
  std::vector<Samples> &all = result_->node(event.node).data;
  if (all.size() < node.outputs.size()) all.resize(node.outputs.size());
  Samples &samples = all[output];
  const air_tensor &tensor = *node.known.node->outputs[output];
  if (sample == 0) samples.prepare(storage_form(tensor), n_samples_);
  const uint64_t size = node.outputs[output].size_bytes;
  if (is_open(tensor)) {
    for (uint32_t i = 0; i < event.n_samples; ++i) {
      std::memcpy(samples.add((sample + i) % n_samples_, std::span(event.shapes[output], tensor.rank), size),
                  data + i * size, size);
    }
  } else {
    std::memcpy(samples.at(sample % n_samples_), data, size * event.n_samples);
  }
  node.data_samples[output] = sample + event.n_samples;
}

const Recorder::Node &Recorder::end_node(const air_backend_event &event) {
  Node &node = node_of(event);
  if (event.sample - run_sample_ < node.n_ended)
    fail(AIR_ERROR_INTERNAL, "node {} ends twice in sample {}", event.node, event.sample);
  node.n_ended = event.sample - run_sample_ + event.n_samples;
  check_values(event.values, event.n_values, kDeviceColumn, true);
  view_event(event, node.known.node->outputs, node.outputs);
  if (!recording_) return node;
  if (!node.seen) begin_node_of_invoke(node, event.node);
  event_values_.assign(columns_.size(), Series::kUnknown);
  for (uint32_t i = 0; i < event.n_values; ++i) {
    event_values_[i] = share(columns_[i], event.values[i], event.n_samples);
  }
  event_note_ = event.note == nullptr ? "" : valid_utf8(event.note);
  if (result_ == nullptr) return node;
  Result::Place &place = result_->node(event.node);
  const uint64_t first = n_done_ + (event.sample - run_sample_);
  for (uint32_t i = 0; i < event.n_values; ++i) {
    if (std::isnan(event_values_[i])) continue;
    Series &series = place.column(i);
    for (uint32_t sample = 0; sample < event.n_samples; ++sample) series.set(first + sample, event_values_[i]);
  }
  if (!event_note_.empty()) place.note(first, event_note_.c_str());
  if (!node.is_kept || event.data == nullptr) return node;
  for (uint32_t i = 0; i < node.outputs.size(); ++i) store(node, event, i);
  return node;
}

// ---- What a run makes known

void Recorder::describe_node(uint32_t index, const air_backend_node *given) {
  if (index > nodes_.size() || index >= kMostNodes)
    fail(AIR_ERROR_INTERNAL, "node {} is described, and {} are known: the next comes first", index, nodes_.size());
  KnownNode known = air::describe_node(given, index);
  if (index < nodes_.size() && is_same(nodes_[index].known, known)) return;
  const std::span covers(known.node->covers, known.node->n_covers);
  const bool is_covered = index < nodes_.size() && nodes_[index].is_covered;
  if (is_covered && !covers.empty())
    fail(AIR_ERROR_INTERNAL, "node {} covers nodes, and is itself covered by another", index);
  for (const uint32_t covered : covers) {
    if (covered >= nodes_.size() || covered == index || nodes_[covered].known.node->n_covers > 0) {
      fail(AIR_ERROR_INTERNAL, "node {} covers node {}, which is no node of the model that is known", index, covered);
    }
  }
  for (const uint32_t covered : covers) nodes_[covered].is_covered = true;
  Node node = node_from(std::move(known));
  node.is_covered = is_covered;
  if (index == nodes_.size()) {
    nodes_.push_back(std::move(node));
  } else {
    Node &former = nodes_[index];
    former_nodes_.push_back(std::move(former.known));
    node.run = former.run;
    node.n_begun = former.n_begun;
    node.n_ended = former.n_ended;
    const bool seen = former.seen;
    former = std::move(node);
    if (seen) begin_node_of_invoke(former, index);
  }
  has_news_ = true;
}

uint32_t Recorder::add_column(const air_backend_column *given) {
  KnownColumn column = describe_column(given);
  const auto found = std::ranges::find(columns_, column.name, &KnownColumn::name);
  if (found != columns_.end()) return static_cast<uint32_t>(found - columns_.begin());
  if (columns_.size() >= kMostColumns) fail(AIR_ERROR_INTERNAL, "more than {} columns", kMostColumns);
  columns_.push_back(std::move(column));
  view_columns();
  has_news_ = true;
  return static_cast<uint32_t>(columns_.size() - 1);
}

void Recorder::renew_model() {
  if (!has_news_) return;
  std::vector<KnownNode> known;
  for (const Node &node : nodes_) known.push_back(node.known);
  models_.push_back(ModelHolder(new Model(*models_.front(), known, columns_)));
  has_news_ = false;
}

// One value for each of the completed samples: a node may have been missing in some, or have run once more in one that was not completed.
void Recorder::end(uint64_t host_ns, bool stopped) {
  renew_model();
  Result *result = std::exchange(result_, nullptr);
  if (result == nullptr) return;
  for (uint32_t index = 0; index < nodes_.size(); ++index) {
    const Node &node = nodes_[index];
    if (!node.seen) continue;
    std::vector<Samples> &data = result->node(index).data;
    for (size_t i = 0; i < std::min(data.size(), node.data_samples.size()); ++i) {
      if (node.data_samples[i] < n_done_ || node.data_samples[i] == kIncomplete) data[i].drop();
    }
  }
  result->model = shared(model());
  result->profile.stopped = stopped ? 1 : 0;
  result->profile.device_ms = result->whole.sum(kDeviceColumn);
  const double link_ms = result->whole.sum(link_column_);
  result->profile.link_ms = std::isnan(link_ms) ? 0 : link_ms;
  result->profile.host_ms = static_cast<double>(host_ns) / kNsPerMs;
  // Of a round that broke off in its first sample there is nothing, and of the one before that no more: it has the same memory.
  const uint64_t n_of_round = n_done_ % n_samples_;
  const bool is_whole = n_of_round == 0 && n_done_ > 0 && !is_running_;
  result->finish(n_done_, is_whole ? n_samples_ : n_of_round);
}

}  // namespace air
