// SPDX-License-Identifier: BSD-3-Clause
// Writes what an invoke measures into its result, and learns nodes and columns on the way. What a backend says is checked: where it contradicts
// itself, AIR_ERROR_INTERNAL is thrown.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "airunner_backend.h"
#include "core/plugins/description.h"
#include "core/values/result.h"

namespace air {

class Recorder {
 public:
  explicit Recorder(DescribedModel described);

  // Prepares for n_samples samples, run `options.repeat` times, of which nothing is kept where `result` is NULL. `mode` is the granted one.
  void begin(Result *result, uint32_t mode, uint64_t n_samples, const air_invoke_options &options);
  // While not recording (warm-up), what runs and nodes tell is checked and forgotten.
  void set_recording(bool recording) noexcept { recording_ = recording; }

  // A run of `n` samples begins, which events count from `sample` on. What the one of an earlier round left may be overwritten from now on.
  void begin_run(uint64_t sample, uint32_t n) noexcept;
  // It has been completed. `own_ms`: how long it took as the library sees it.
  void add_run(const air_run_result &measured, double own_ms);
  // What that run took on the device.
  double device_ms() const noexcept { return device_ms_; }

  // A node as events tell of it.
  struct Node {
    KnownNode known;
    std::vector<air_view> inputs, outputs;  // as the last event told of them
    // Of each output: samples, of all rounds, that its data were there for; kIncomplete when they were missing for one.
    std::vector<uint64_t> data_samples;
    bool is_covered = false;  // by another
    bool is_kept = false;     // its data
    bool seen = false;        // in this invoke
    uint64_t run = 0;         // the last one that it was told of in, and
    uint64_t n_begun = 0;     // samples of that run it has begun
    uint64_t n_ended = 0;     // and ended
  };
  // A node of the current run begins, or has ended.
  const Node &begin_node(const air_backend_event &event);
  const Node &end_node(const air_backend_event &event);
  // What the node that ended last measured, for each of columns().
  std::span<const double> event_values() const noexcept { return event_values_; }
  const char *event_note() const noexcept { return event_note_.c_str(); }
  std::span<const air_column *const> columns() const noexcept { return column_pointers_; }

  void describe_node(uint32_t index, const air_backend_node *node);
  // Its index.
  uint32_t add_column(const air_backend_column *column);

  // Ends the invoke.
  void end(uint64_t host_ns, bool stopped);
  // Makes a model with the nodes and columns that are known by now, where the last one lacks some.
  void renew_model();
  const Model &model() const noexcept { return *models_.back(); }

 private:
  static constexpr uint64_t kIncomplete = UINT64_MAX;

  Node &node_of(const air_backend_event &event);
  void begin_node_of_invoke(Node &node, uint32_t index);
  void store(Node &node, const air_backend_event &event, uint32_t output);
  void check_values(const double *values, uint32_t n, uint32_t first, bool of_node) const;
  void view_columns();

  std::vector<ModelHolder> models_;  // the last is the current one; the others may be borrowed
  std::vector<Node> nodes_;
  std::vector<KnownNode> former_nodes_;  // described anew in this invoke: whoever has seen them may still look
  std::vector<KnownColumn> columns_;
  std::vector<air_column> column_views_;
  std::vector<const air_column *> column_pointers_;
  std::vector<double> event_values_;
  std::string event_note_;
  uint32_t link_column_ = UINT32_MAX;  // of the time on the link
  bool has_news_ = true;               // that the model does not have

  Result *result_ = nullptr;
  std::vector<uint32_t> keep_nodes_;
  bool keeps_all_ = true;
  uint64_t n_samples_ = 0;  // of one round
  uint64_t n_done_ = 0;     // of all rounds
  uint64_t run_ = 0;        // how many there have been
  uint64_t run_sample_ = 0;
  uint32_t n_of_run_ = 0;
  double device_ms_ = 0;
  bool keeps_data_ = false;
  bool recording_ = false;
  bool is_running_ = false;  // a run has begun and was not completed
};

}  // namespace air
