// SPDX-License-Identifier: BSD-3-Clause
// Conversion between float32 values of the logical shape and the storage of a tensor (host-library specification, 7.4).
#pragma once

#include "airunner.h"

namespace air {

// Throws AIR_ERROR_UNSUPPORTED for a tensor that is quantized in a way that nobody knows.
void check_is_known(const air_tensor &tensor);

// Both throw AIR_ERROR_UNSUPPORTED for such a tensor and for a dtype without conversion. One sample.
void quantize_sample(const air_tensor &tensor, const float *values, void *storage);
template <class Real>  // float or double
void dequantize_sample(const air_tensor &tensor, const void *storage, Real *values);

}  // namespace air
