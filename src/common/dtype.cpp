// SPDX-License-Identifier: BSD-3-Clause
// Facts about element types.
#include "common/dtype.h"

namespace air {

uint32_t dtype_size(air_dtype dtype) noexcept {
  switch (dtype) {
    case AIR_DTYPE_INT8:
    case AIR_DTYPE_UINT8:
    case AIR_DTYPE_BOOL:
    case AIR_DTYPE_FLOAT8_E4M3:
    case AIR_DTYPE_FLOAT8_E5M2:
      return 1;
    case AIR_DTYPE_FLOAT16:
    case AIR_DTYPE_INT16:
    case AIR_DTYPE_UINT16:
    case AIR_DTYPE_BFLOAT16:
      return 2;
    case AIR_DTYPE_FLOAT32:
    case AIR_DTYPE_INT32:
    case AIR_DTYPE_UINT32:
      return 4;
    case AIR_DTYPE_FLOAT64:
    case AIR_DTYPE_INT64:
    case AIR_DTYPE_UINT64:
      return 8;
    case AIR_DTYPE_NONE:
    case AIR_DTYPE_INT4:
    case AIR_DTYPE_UINT4:
      break;
  }
  return 0;
}

}  // namespace air
