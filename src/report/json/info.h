// SPDX-License-Identifier: BSD-3-Clause
// Model information as JSON objects, used by the document of a model and by that of a profile.
#pragma once

#include <span>

#include "airunner.h"
#include "text/json_writer.h"

namespace air::report {

// Begins a document: its schema, this library, and where the model was reached.
Json document(const char *schema, const air_model &model);

// A file of results has also what reports tell in words only: all bits, and all of a quantization.
enum class Detail { kReport, kFile };

void add_info(Json &object, const air_model &model, Detail detail = Detail::kReport);
Json tensor_json(const air_tensor &tensor, const air_model &model, Detail detail = Detail::kReport);
Json scale_json(const air_tensor &tensor);        // the first scale, or null
Json zero_point_json(const air_tensor &tensor);   // the first zero point, 0 without, null when not known
Json shape_json(std::span<const int64_t> shape);  // of one sample, which stands in front

}  // namespace air::report
