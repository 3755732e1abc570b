// SPDX-License-Identifier: BSD-3-Clause
// Arrays that another program computed as a result, which is compared as those of deployments are.
#pragma once

#include <span>

#include "airunner_report.h"
#include "common/values.h"

namespace air {

// Throws as air_make_golden() tells. `inputs` may be NULL, and `origin` "".
HeldResult make_golden(const air_model &model, std::span<const air_array> arrays, const air_result *inputs,
                       const char *origin);

}  // namespace air
