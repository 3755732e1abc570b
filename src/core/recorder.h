// SPDX-License-Identifier: BSD-3-Clause
// Writes what an invoke measures into its result, and learns nodes and columns on the way.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "airunner_backend.h"
#include "result.h"

namespace air {

class Recorder {
 public:
  explicit Recorder(const Model &model);

  // Prepares for n_samples samples, run `options.repeat` times, of which nothing is kept where `result` is NULL. `mode` is the granted one.
  void begin(Result *result, uint32_t mode, uint64_t n_samples, const air_invoke_options &options);
  // While not recording (warm-up), runs and nodes are ignored.
  void set_recording(bool recording) noexcept { recording_ = recording; }

  // A run begins: what the one of an earlier round left may be overwritten from now on.
  void begin_run() noexcept { is_running_ = recording_; }
  // `n` samples of one run have been completed.
  void add_run(const air_run_result &measured, uint32_t n);

  // A node as events tell of it.
  struct Node {
    const air_node_info *info = nullptr;
    KnownNode known;
    std::vector<uint64_t> input_sizes, output_sizes;
    std::vector<uint64_t>
        data_runs;  // of each output: runs that its data were there for; kIncomplete when they were missing in one
    bool is_kept = false;  // its data
    bool seen = false;     // in this invoke
  };
  // A node of the current run begins, or has ended. Both throw AIR_ERROR_INTERNAL when the backend contradicts itself.
  const Node &begin_node(const air_run_node_event &event) { return known_node_of(event); }
  const Node &add_node(const air_run_node_event &event);
  // What the node that ended last measured, for each of columns().
  std::span<const double> event_values() const noexcept { return event_values_; }
  std::span<const air_column *const> columns() const noexcept { return column_pointers_; }

  // Ends the invoke.
  void end(uint64_t host_ns, bool stopped);
  // With the nodes and columns that are known by now.
  const Model &model() const noexcept { return *models_.back(); }

 private:
  static constexpr uint64_t kIncomplete = UINT64_MAX;

  Node &known_node_of(const air_run_node_event &event);
  void begin_node_of_invoke(Node &node, uint32_t index);
  void store(Node &node, uint32_t index, uint32_t output, const void *sample);
  void add_link(const air_run_result &measured, uint64_t run, uint32_t n);
  std::span<const uint32_t> counter_columns(const uint64_t *values, uint32_t n, const char *kind);
  void measure(const air_run_node_event &event);
  void view_columns();
  uint32_t column(const char *name, const char *unit, const char *text, air_kind kind, bool per_node);
  void renew_model();

  std::vector<ModelHolder> models_;  // the last is the current one; the others may be borrowed
  std::vector<Node> nodes_;
  std::vector<KnownNode> former_nodes_;  // described anew since: whoever has seen them may still look
  std::vector<KnownColumn> columns_;
  std::vector<air_column> column_views_;
  std::vector<const air_column *> column_pointers_;
  std::vector<double> event_values_;
  std::vector<uint32_t> counter_columns_;
  bool has_news_ = false;  // that the model does not have

  Result *result_ = nullptr;
  std::vector<uint32_t> keep_nodes_;
  bool keeps_all_ = true;
  uint64_t n_samples_ = 0;  // of one round
  uint64_t n_total_ = 0;    // of all rounds
  uint64_t n_done_ = 0;
  bool keeps_data_ = false;
  bool recording_ = false;
  bool is_running_ = false;  // a run has begun and was not completed
};

}  // namespace air
