// SPDX-License-Identifier: BSD-3-Clause
// The operator at the end of a graph that reads tensors where the runtime computed them.
#include "litert/reader.h"

#include <algorithm>
#include <cstring>

#include "common/error.h"
#include "runtime/tensor.h"

namespace air::litert {
namespace {

constexpr abi::Status kDone = 0;
constexpr abi::Status kNoMemory = 2;

void assign(runtime::Shape &shape, const abi::Layout &layout) {
  shape.assign(layout.dimensions, layout.dimensions + std::min<size_t>(layout.rank, abi::kMaxRank));
}

}  // namespace

Reader::Reader(const Api &api)
    : api_(api),
      kernel_{[](void *, const void *, size_t) { return kDone; },
              [](void *self, size_t n, const abi::Layout *layouts, size_t n_outputs, abi::Layout *outputs) {
                for (size_t i = 0; i < n_outputs; ++i) outputs[i] = abi::kOneElement;
                try {
                  static_cast<Reader *>(self)->tell_shapes(n, layouts);
                } catch (const std::bad_alloc &) {
                  return kNoMemory;
                }
                return kDone;
              },
              [](void *self, size_t n, const abi::TensorBuffer *tensors, size_t, abi::TensorBuffer *) {
                static_cast<Reader *>(self)->read(n, tensors);
                return kDone;
              },
              [](void *) { return kDone; }} {}

void Reader::expect(size_t n_tensors) {
  shapes_.resize(n_tensors);
  values_.resize(n_tensors);
}

void Reader::add_to(abi::Options options) {
  check(api_->AddCustomOpKernelOption(options, kName, 1, &kernel_, this), AIR_ERROR_INTERNAL, "reading of tensors");
}

void Reader::forget() {
  knows_shapes_ = false;
  reached_ns_ = 0;
  failure_ = nullptr;
}

void Reader::tell_shapes(size_t n, const abi::Layout *layouts) {
  if (n != shapes_.size()) return;
  for (size_t i = 0; i < n; ++i) assign(shapes_[i], layouts[i]);
  knows_shapes_ = true;
}

void Reader::read(size_t n, const abi::TensorBuffer *tensors) noexcept {
  reached_ns_ = backend::now_ns();
  try {
    if (n != values_.size()) fail(AIR_ERROR_INTERNAL, "{} tensors came instead of {}", n, values_.size());
    for (size_t i = 0; i < n; ++i) read_one(i, tensors[i]);
    knows_shapes_ = true;
  } catch (...) {
    failure_ = std::current_exception();
  }
}

void Reader::check_values() const {
  if (failure_) std::rethrow_exception(failure_);
}

void Reader::read_one(size_t index, abi::TensorBuffer tensor) {
  abi::TensorType type{};
  size_t size = 0;
  void *memory = nullptr;
  check(api_->GetTensorBufferTensorType(tensor, &type), AIR_ERROR_RUN_FAILED, "type of a tensor");
  check(api_->GetTensorBufferSize(tensor, &size), AIR_ERROR_RUN_FAILED, "size of a tensor");
  assign(shapes_[index], type.layout);
  values_[index].resize(size);
  if (size == 0) return;
  check(api_->LockTensorBuffer(tensor, &memory, abi::kLockToRead), AIR_ERROR_RUN_FAILED, "memory of a tensor");
  if (memory != nullptr) std::memcpy(values_[index].data(), memory, size);
  api_->UnlockTensorBuffer(tensor);
  if (memory == nullptr) fail(AIR_ERROR_RUN_FAILED, "a tensor has no memory");
  if (type.element_type == abi::kInt4) runtime::clear_last_half(AIR_DTYPE_INT4, shapes_[index], values_[index].data());
}

}  // namespace air::litert
