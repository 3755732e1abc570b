// SPDX-License-Identifier: BSD-3-Clause
// The result as a value: what one invoke computed and measured. Its memory serves later results of the session.
#include "core/values/result.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

#include "core/error.h"
#include "core/values/tensor.h"

namespace air {

const double Series::kUnknown = std::numeric_limits<double>::quiet_NaN();

std::byte *Block::reserve(uint64_t size) {
  if (size > capacity_) {
    free();  // before the new one is there
    bytes_ = make_aligned_bytes(size);
    capacity_ = size;
  }
  return bytes_.get();
}

std::byte *Block::grow(uint64_t size, uint64_t kept) {
  if (size > capacity_) {
    const uint64_t capacity = size + kept / 2;  // growing by little again and again must not cost much
    AlignedBytes larger = make_aligned_bytes(capacity);
    if (kept > 0) std::memcpy(larger.get(), bytes_.get(), kept);
    bytes_ = std::move(larger);
    capacity_ = capacity;
  }
  return bytes_.get();
}

void Samples::describe(const Form &form, uint64_t n_samples) {
  is_held_ = false;
  shape_.assign(1, static_cast<int64_t>(n_samples));
  shape_.insert(shape_.end(), form.shape.begin(), form.shape.end());
  dtype_ = form.dtype;
  sample_bytes_ = form.sample_bytes;
  is_open_ = form.is_open();
  differs_ = false;
  ends_.clear();
  shapes_.clear();
}

void Samples::prepare(const Form &form, uint64_t n_samples) {
  describe(form, n_samples);
  is_in_callers_ = false;
  base_ = block_.reserve(std::max<uint64_t>(checked_size(sample_bytes_, n_samples), 1));
  is_held_ = true;
}

void Samples::lie_in(void *memory, uint64_t size, const Form &form, uint64_t n_samples) {
  describe(form, n_samples);
  is_in_callers_ = true;
  room_ = size;
  base_ = static_cast<std::byte *>(memory);
  is_held_ = true;
}

std::byte *Samples::add(uint64_t sample, std::span<const int64_t> shape, uint64_t size) {
  ends_.resize(sample);
  shapes_.resize(sample * rank());
  const uint64_t begin = end_of(sample);
  uint64_t end = 0;
  if (__builtin_add_overflow(begin, size, &end)) throw std::bad_alloc();
  if (is_in_callers_ && end > room_) {
    fail(AIR_ERROR_INVALID_INPUT, "{} bytes are given for the samples of shape {}, and sample {} ends at byte {}",
         room_, shape_text(std::span(shape_).subspan(1)), sample, end);
  }
  if (!is_in_callers_) base_ = block_.grow(std::max<uint64_t>(end, 1), begin);
  ends_.push_back(end);
  shapes_.insert(shapes_.end(), shape.begin(), shape.end());
  return base_ + begin;
}

void Samples::shorten(uint64_t n_samples) {
  shape_[0] = static_cast<int64_t>(n_samples);
  if (!is_open_ || !is_held_) return;
  ends_.resize(n_samples);
  differs_ = false;
  for (uint64_t sample = 1; sample < n_samples; ++sample) {
    differs_ = differs_ || !std::ranges::equal(own_shape(sample), own_shape(0));
  }
  if (n_samples == 0) std::ranges::replace(shape_, -1, 0);
  if (n_samples > 0 && !differs_) std::ranges::copy(own_shape(0), shape_.begin() + 1);
}

air_view Samples::all() const {
  if (!is_held_) return {};
  if (differs_) fail(AIR_ERROR_INVALID_ARGUMENT, "the samples differ in shape: take them one by one");
  const auto n_samples = static_cast<uint64_t>(shape_[0]);
  return {base_, is_open_ ? end_of(n_samples) : sample_bytes_ * n_samples, shape_.data(),
          static_cast<uint32_t>(shape_.size()), dtype_};
}

air_view Samples::one(uint64_t sample) const noexcept {
  if (!is_held_) return {};
  const auto n_dimensions = static_cast<uint32_t>(rank());
  if (!is_open_) return {at(sample), sample_bytes_, shape_.data() + 1, n_dimensions, dtype_};
  const uint64_t begin = end_of(sample);
  return {base_ + begin, ends_[sample] - begin, own_shape(sample).data(), n_dimensions, dtype_};
}

void Block::free() noexcept {
  bytes_.reset();
  capacity_ = 0;
}

void Result::Place::clear() noexcept {
  for (Series &series : columns) series.clear();
  notes.clear();
  for (Samples &samples : data) samples.drop();
}

void Result::Place::fit(uint64_t n_runs) {
  for (Series &series : columns) series.fit(n_runs);
  if (!notes.empty()) notes.resize(memory_size(n_runs));
}

Series &Result::Place::column(size_t index) {
  if (index >= columns.size()) columns.resize(index + 1);
  return columns[index];
}

double Result::Place::sum(size_t column) const noexcept {
  double sum = Series::kUnknown;
  for (const double value : column < columns.size() ? columns[column].values() : std::span<const double>()) {
    if (!std::isnan(value)) sum = std::isnan(sum) ? value : sum + value;
  }
  return sum;
}

void Result::Place::note(uint64_t run, const char *text) {
  if (run >= notes.size()) notes.resize(memory_size(run + 1));
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

void Result::drop_node_data(std::span<const uint32_t> keep) noexcept {
  for (size_t i = 0; i < nodes_.size(); ++i) {
    if (std::ranges::binary_search(keep, static_cast<uint32_t>(i))) continue;
    for (Samples &samples : nodes_[i].data) samples.free();
  }
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
