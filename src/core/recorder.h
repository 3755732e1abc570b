// SPDX-License-Identifier: BSD-3-Clause
// Keeps what an invoke measures, and shows it as air_profile. Memory is kept from one invoke to the next.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "airunner_backend.h"

namespace air {

// Bytes that grow when needed and are never cleared: filling gigabytes of node data with zeros first would cost as much as the run.
class Block {
 public:
  std::byte *reserve(uint64_t size);
  std::byte *data() const noexcept { return bytes_.get(); }

 private:
  std::unique_ptr<std::byte[]> bytes_;
  uint64_t capacity_ = 0;
};

// Hardware counters of a series of runs; a target gives the same number of them for each run.
class Counters {
 public:
  void clear() noexcept;
  // Keeps the n counters of a run. Runs that give another number than the first are left at zero.
  void add(const uint64_t *values, uint32_t n, const char *type, uint64_t run);
  // Makes it the counters of n_runs runs.
  void fit(uint64_t n_runs);

  uint32_t n_per_run() const noexcept { return n_per_run_; }
  const char *type() const noexcept { return type_; }
  const uint64_t *values() const noexcept { return n_per_run_ == 0 ? nullptr : values_.data(); }

 private:
  uint32_t n_per_run_ = 0;
  const char *type_ = "";
  std::vector<uint64_t> values_;
};

class Recorder {
 public:
  // Prepares for n_samples samples, run `options.repeat` times. `mode` is the granted one.
  void begin(uint32_t mode, uint64_t n_samples, const air_invoke_options &options);
  // While not recording (warm-up), runs and nodes are ignored.
  void set_recording(bool recording) noexcept { recording_ = recording; }

  // `n` samples of one run have been completed.
  void add_run(const air_run_result &result, uint32_t n);
  // A node of the current run begins, or has ended. Both throw AIR_ERROR_INTERNAL when the backend contradicts itself.
  void check_node(const air_node_event &event) { known_node(event); }
  void add_node(const air_node_event &event);

  // Ends the invoke and builds the view.
  void end(uint64_t host_ns, bool stopped);
  // NULL before the first invoke.
  const air_profile *profile() const noexcept { return valid_ ? &view_ : nullptr; }

 private:
  static constexpr uint64_t kIncomplete = UINT64_MAX;

  struct Node {
    const air_node_info *info = nullptr;
    bool seen = false;  // in this invoke
    std::vector<double> durations;
    std::vector<Block> data;  // one per output, n_samples samples each
    std::vector<const void *> data_view;
    std::vector<uint64_t> data_runs;  // runs that the data were there for; kIncomplete when they were missing in one
    Counters counters;
    std::vector<std::string> statistics;  // one per run; none until the target gives some
    std::vector<const char *> statistics_view;
    air_node_profile view{};

    void begin();
    void store(uint32_t output, const void *sample, uint64_t n_samples, uint64_t run);
    void fit(uint64_t n);
  };

  Node &known_node(const air_node_event &event);
  void view_nodes();

  uint64_t n_samples_ = 0;  // of one round
  uint64_t n_total_ = 0;    // of all rounds
  uint64_t n_done_ = 0;
  uint32_t mode_ = 0;
  bool recording_ = false;
  bool valid_ = false;
  std::vector<double> durations_;
  std::vector<double> exec_times_;
  Counters counters_;
  std::vector<Node> nodes_;
  std::vector<const air_node_profile *> node_views_;
  air_profile view_{};
};

}  // namespace air
