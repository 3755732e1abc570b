// SPDX-License-Identifier: BSD-3-Clause
// Tensors of results as DLPack hands them to other libraries.
#pragma once

#include "core/values/result.h"

struct DLManagedTensorVersioned;

namespace air {

// `view`: all samples of one of its tensors. Retains the result until the consumer calls the deleter. Throws AIR_ERROR_UNSUPPORTED for a type that DLPack does not have.
DLManagedTensorVersioned *make_dlpack(const Result &result, const air_view &view);

}  // namespace air
