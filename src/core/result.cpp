// SPDX-License-Identifier: BSD-3-Clause
// The result as a value: what one invoke computed and measured. Its memory serves later results of the session.
#include "result.h"

#include <algorithm>
#include <cstring>
#include <limits>

#include "error.h"
#include "tensor.h"

namespace air {

const double Series::kUnknown = std::numeric_limits<double>::quiet_NaN();

std::byte *Block::reserve(uint64_t size) {
  if (size > capacity_) {
    bytes_.reset();  // before the new one is there
    capacity_ = 0;
    bytes_.reset(new std::byte[size]);
    capacity_ = size;
  }
  return bytes_.get();
}

void Samples::prepare(std::span<const int64_t> shape, air_dtype dtype, uint64_t sample_bytes, uint64_t n_samples) {
  is_held_ = false;
  shape_.assign(1, static_cast<int64_t>(n_samples));
  shape_.insert(shape_.end(), shape.begin(), shape.end());
  dtype_ = dtype;
  sample_bytes_ = sample_bytes;
  block_.reserve(std::max<uint64_t>(checked_size(sample_bytes, n_samples), 1));
  is_held_ = true;
}

air_view Samples::all() const noexcept {
  if (!is_held_) return {};
  return {block_.data(), sample_bytes_ * static_cast<uint64_t>(shape_[0]), shape_.data(),
          static_cast<uint32_t>(shape_.size()), dtype_};
}

air_view Samples::one(uint64_t sample) const noexcept {
  if (!is_held_) return {};
  return {at(sample), sample_bytes_, shape_.data() + 1, static_cast<uint32_t>(shape_.size() - 1), dtype_};
}

void Result::Place::clear() noexcept {
  for (Series &series : columns) series.clear();
  notes.clear();
  for (Samples &samples : data) samples.drop();
}

void Result::Place::fit(uint64_t n_runs) {
  for (Series &series : columns) series.fit(n_runs);
  if (!notes.empty()) notes.resize(n_runs);
}

Series &Result::Place::column(size_t index) {
  if (index >= columns.size()) columns.resize(index + 1);
  return columns[index];
}

void Result::Place::note(uint64_t run, const char *text) {
  if (run >= notes.size()) notes.resize(run + 1);
  notes[run] = text;
}

void Result::clear() noexcept {
  model.reset();
  profile = {};
  not_finite.clear();
  for (Samples &samples : inputs) samples.drop();
  for (Samples &samples : outputs) samples.drop();
  whole.clear();
  for (Place &node : nodes_) node.clear();
  n_nodes_ = 0;
}

Result::Place &Result::node(uint32_t index) {
  if (index >= nodes_.size()) nodes_.resize(index + 1);
  n_nodes_ = std::max(n_nodes_, index + 1);
  return nodes_[index];
}

const Result::Place *Result::find(uint32_t node) const noexcept {
  if (node == AIR_WHOLE_RUN) return &whole;
  return node < n_nodes_ ? &nodes_[node] : nullptr;
}

void Result::finish(uint64_t n_runs, uint64_t n_samples) {
  const auto shorten = [n_samples](std::vector<Samples> &list) {
    for (Samples &samples : list) samples.shorten(n_samples);
  };
  shorten(inputs);
  shorten(outputs);
  whole.fit(n_runs);
  for (Place &node : std::span(nodes_.data(), n_nodes_)) {
    node.fit(n_runs);
    shorten(node.data);
  }
  profile.n_runs = n_runs;
  profile.n_samples = n_samples;
  profile.n_not_finite = static_cast<uint32_t>(not_finite.size());
  profile.not_finite = not_finite.data();
}

void Result::let_go(const Result *result) {
  std::unique_ptr<Result> owned(const_cast<Result *>(result));  // nobody else holds it
  const std::shared_ptr<ResultPool> pool = std::move(owned->pool_);
  if (pool != nullptr) pool->keep(std::move(owned));
}

std::unique_ptr<Result> ResultPool::take() {
  std::unique_ptr<Result> result;
  {
    const std::lock_guard lock(mutex_);
    for (std::unique_ptr<Result> &free : free_) {
      if (result == nullptr) result = std::move(free);
    }
  }
  if (result == nullptr) result = std::make_unique<Result>();
  result->hold();
  result->pool_ = shared_from_this();
  return result;
}

void ResultPool::keep(std::unique_ptr<Result> result) noexcept {
  result->clear();
  const std::lock_guard lock(mutex_);
  const auto place = std::find(free_.begin(), free_.end(), nullptr);
  if (!is_closed_ && place != free_.end()) *place = std::move(result);
}

void ResultPool::trim() noexcept {
  const std::lock_guard lock(mutex_);
  for (std::unique_ptr<Result> &free : free_) free.reset();
}

void ResultPool::close() noexcept {
  trim();
  const std::lock_guard lock(mutex_);
  is_closed_ = true;
}

}  // namespace air
