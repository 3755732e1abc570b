// SPDX-License-Identifier: BSD-3-Clause
// Tensors of results as DLPack hands them to other libraries.
#include "core/values/dlpack.h"

#include "core/error.h"

// The layout of DLPack 1.0 (dmlc/dlpack, include/dlpack/dlpack.h).
extern "C" {
struct DLPackVersion {
  uint32_t major, minor;
};
struct DLDevice {
  int32_t device_type, device_id;
};
struct DLDataType {
  uint8_t code, bits;
  uint16_t lanes;
};
struct DLTensor {
  void *data;
  DLDevice device;
  int32_t ndim;
  DLDataType dtype;
  int64_t *shape, *strides;
  uint64_t byte_offset;
};
struct DLManagedTensorVersioned {
  DLPackVersion version;
  void *manager_ctx;
  void (*deleter)(DLManagedTensorVersioned *self);
  uint64_t flags;
  DLTensor dl_tensor;
};
}

namespace air {
namespace {

constexpr int32_t kCpu = 1;
constexpr uint64_t kReadOnly = 1;
enum Code : uint8_t { kInt = 0, kUInt = 1, kFloat = 2, kBfloat = 4, kBool = 6 };

DLDataType type_of(air_dtype dtype) {
  const auto bits = static_cast<uint8_t>(air_dtype_bits(dtype));
  switch (dtype) {
    case AIR_DTYPE_FLOAT32:
    case AIR_DTYPE_FLOAT16:
    case AIR_DTYPE_FLOAT64:
      return {kFloat, bits, 1};
    case AIR_DTYPE_INT8:
    case AIR_DTYPE_INT16:
    case AIR_DTYPE_INT32:
    case AIR_DTYPE_INT64:
      return {kInt, bits, 1};
    case AIR_DTYPE_UINT8:
    case AIR_DTYPE_UINT16:
    case AIR_DTYPE_UINT32:
    case AIR_DTYPE_UINT64:
      return {kUInt, bits, 1};
    case AIR_DTYPE_BOOL:
      return {kBool, bits, 1};
    case AIR_DTYPE_BFLOAT16:
      return {kBfloat, bits, 1};
    default:
      fail(AIR_ERROR_UNSUPPORTED, "DLPack 1.0 has no type for {}: take the bytes with air_get_tensor()",
           air_dtype_name(dtype));
  }
}

struct Managed : DLManagedTensorVersioned {
  ResultHolder result;
  std::vector<int64_t> shape;
  std::vector<int64_t> strides;
};

}  // namespace

DLManagedTensorVersioned *make_dlpack(const Result &result, const air_view &view) {
  auto managed = std::make_unique<Managed>();
  managed->result = shared(result);
  managed->shape.assign(view.shape, view.shape + view.rank);
  managed->strides.resize(managed->shape.size());
  int64_t stride = 1;
  for (size_t i = managed->shape.size(); i-- > 0; stride *= managed->shape[i]) managed->strides[i] = stride;
  managed->version = {1, 0};
  managed->manager_ctx = nullptr;
  managed->deleter = [](DLManagedTensorVersioned *self) {
    const std::unique_ptr<Managed> owned(static_cast<Managed *>(self));
  };
  managed->flags = kReadOnly;
  managed->dl_tensor = {.data = const_cast<void *>(view.data),
                        .device = {kCpu, 0},
                        .ndim = static_cast<int32_t>(managed->shape.size()),
                        .dtype = type_of(view.dtype),
                        .shape = managed->shape.data(),
                        .strides = managed->strides.data(),
                        .byte_offset = 0};
  return managed.release();
}

}  // namespace air
