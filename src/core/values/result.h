// SPDX-License-Identifier: BSD-3-Clause
// The result as a value: what one invoke computed and measured. Its memory serves later results of the session.
#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <vector>

#include "common/memory_size.h"
#include "core/values/counted.h"
#include "core/values/model.h"
#include "core/values/tensor.h"
#include "platform/machine/memory.h"

namespace air {

// Bytes that grow when needed and are never cleared: filling gigabytes of node data with zeros first would cost as much as the run.
class Block {
 public:
  // What it holds is lost.
  std::byte *reserve(uint64_t size);
  // The first `kept` bytes stay.
  std::byte *grow(uint64_t size, uint64_t kept);
  void free() noexcept;
  std::byte *data() const noexcept { return bytes_.get(); }

 private:
  AlignedBytes bytes_;
  uint64_t capacity_ = 0;
};

// All samples of one tensor, one after the other: in memory of its own, or in the caller's. Those of an open tensor have dimensions of their own.
class Samples {
 public:
  // Makes room; `form.shape` is that of a sample. An open one gets it sample by sample.
  void prepare(const Form &form, uint64_t n_samples);
  // The same in the caller's memory.
  void lie_in(void *memory, uint64_t size, const Form &form, uint64_t n_samples);
  void drop() noexcept { is_held_ = false; }
  // The memory as well.
  void free() noexcept {
    drop();
    block_.free();
  }
  bool is_held() const noexcept { return is_held_; }

  // Of one that is not open.
  std::byte *at(uint64_t sample) const noexcept { return base_ + sample * sample_bytes_; }
  uint64_t sample_bytes() const noexcept { return sample_bytes_; }

  // Memory for the next sample of an open one, which is `sample`: from there on it is written anew. Valid until the next is added. Throws
  // AIR_ERROR_INVALID_INPUT where the caller's memory has no room.
  std::byte *add(uint64_t sample, std::span<const int64_t> shape, uint64_t size);
  // Samples of an open one so far.
  uint64_t n_added() const noexcept { return ends_.size(); }

  // Only so many were completed.
  void shorten(uint64_t n_samples);
  // Throws AIR_ERROR_INVALID_ARGUMENT where samples differ in shape.
  air_view all() const;
  air_view one(uint64_t sample) const noexcept;

 private:
  void describe(const Form &form, uint64_t n_samples);
  uint64_t end_of(uint64_t n_samples) const noexcept { return n_samples == 0 ? 0 : ends_[n_samples - 1]; }
  size_t rank() const noexcept { return shape_.size() - 1; }
  std::span<const int64_t> own_shape(uint64_t sample) const noexcept {
    return std::span(shapes_).subspan(sample * rank(), rank());
  }

  Block block_;
  std::byte *base_ = nullptr;
  bool is_in_callers_ = false;     // memory, which has
  uint64_t room_ = 0;              // bytes
  std::vector<int64_t> shape_{0};  // samples first
  air_dtype dtype_ = AIR_DTYPE_NONE;
  uint64_t sample_bytes_ = 0;
  bool is_held_ = false;
  bool is_open_ = false;
  bool differs_ = false;         // in shape from sample to sample
  std::vector<uint64_t> ends_;   // of the samples of an open one, in bytes
  std::vector<int64_t> shapes_;  // their dimensions
};

// A value for each run, NaN where there is none; empty where nothing was measured.
class Series {
 public:
  void clear() noexcept { values_.clear(); }
  void set(uint64_t run, double value) {
    if (run >= values_.size()) values_.resize(memory_size(run + 1), kUnknown);
    values_[run] = value;
  }
  void fit(uint64_t n_runs) {
    if (!values_.empty()) values_.resize(memory_size(n_runs), kUnknown);
  }
  bool empty() const noexcept { return values_.empty(); }
  std::span<const double> values() const noexcept { return values_; }
  const double *data() const noexcept { return values_.empty() ? nullptr : values_.data(); }

  static const double kUnknown;

 private:
  std::vector<double> values_;
};

class ResultPool;

class Result : public Counted<Result> {
 public:
  Result() = default;
  Result(const Result &) = delete;
  Result &operator=(const Result &) = delete;
  static void let_go(const Result *result);

  // What was computed or measured at a node; the same for the whole run.
  struct Place {
    std::vector<Series> columns;
    std::vector<std::string> notes;  // one per run; none until there are some
    std::vector<Samples> data;       // outputs of a node

    void clear() noexcept;
    void fit(uint64_t n_runs);
    Series &column(size_t index);
    // Of what is known of a column; NaN where nothing is.
    double sum(size_t column) const noexcept;
    void note(uint64_t run, const char *text);
  };

  // Forgets what it was; keeps memory.
  void clear() noexcept;
  // Frees what nodes computed but for those of `keep`, ascending.
  void drop_node_data(std::span<const uint32_t> keep) noexcept;
  Place &node(uint32_t index);
  Place &place(uint32_t node) { return node == AIR_WHOLE_RUN ? whole : this->node(node); }
  const Place *find(uint32_t node) const noexcept;
  std::span<const Place> nodes() const noexcept { return {nodes_.data(), n_nodes_}; }

  ModelHolder model;
  air_profile profile{};
  std::vector<air_not_finite> not_finite;
  std::vector<Samples> inputs, outputs;
  Place whole;

  // One value for each of so many runs, samples shortened to those that were completed; the views are then complete.
  void finish(uint64_t n_runs, uint64_t n_samples);

 private:
  friend class ResultPool;

  std::vector<Place> nodes_;
  uint32_t n_nodes_ = 0;  // in use
  std::shared_ptr<ResultPool> pool_;
};

using ResultHolder = Holder<Result>;

inline const air_result *handle(const Result *result) noexcept {
  return reinterpret_cast<const air_result *>(result);
}

// Released results of one session: those of the last two serve a loop that still holds the former when it makes the next.
class ResultPool : public std::enable_shared_from_this<ResultPool> {
 public:
  // A cleared one with a single holder.
  std::unique_ptr<Result> take();
  void keep(std::unique_ptr<Result> result) noexcept;
  void trim() noexcept;
  // From now on nothing is kept: the session has gone.
  void close() noexcept;

 private:
  static constexpr size_t kMost = 2;

  std::mutex mutex_;
  std::array<std::unique_ptr<Result>, kMost> free_;
  bool is_closed_ = false;
};

// Of a caller's parts; throws AIR_ERROR_INVALID_ARGUMENT or AIR_ERROR_INVALID_INPUT.
std::unique_ptr<Result> make_result(const air_result_parts &parts);

}  // namespace air
