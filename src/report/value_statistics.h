// SPDX-License-Identifier: BSD-3-Clause
// Summary and histogram of the real values of a tensor.
#pragma once

#include <span>

#include "report/measured.h"

namespace air::report {

// Whether air_dequantize() can convert it.
bool has_real_values(const air_tensor &tensor);

// As air_get_value_statistics() promises it, of all samples together. The tensors have been checked.
air_value_statistics value_statistics(std::span<const Samples> all);

}  // namespace air::report
