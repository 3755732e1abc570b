// SPDX-License-Identifier: BSD-3-Clause
// Model information as JSON objects, used by the document of a model and by that of a profile.
#pragma once

#include "json.h"
#include "report.h"

namespace air::report {

// Begins a document: its schema, this library, and where the model was reached.
Json document(const char *schema, const RunnerTexts &runner);

void add_info(Json &object, const air_model_info &info);
Json tensor_json(const air_tensor_info &tensor);

template <class Texts>
Json texts_json(const Texts &texts) {
  Json array = Json::array();
  for (const auto &text : texts) array.add(Json(text));
  return array;
}

}  // namespace air::report
