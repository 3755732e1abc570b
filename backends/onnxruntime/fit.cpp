// SPDX-License-Identifier: BSD-3-Clause
// Loads a model for inputs of certain shapes.
#include "onnxruntime/fit.h"

#include <string_view>
#include <utility>

#include "common/error.h"

namespace air::ort {

using runtime::Shape;

FittedModel::FittedModel(const Api &api, const OrtEnv *env, const ModelFile &file, const std::vector<Shape> &shapes,
                         std::vector<std::string> values, const SessionSettings &settings, Given given)
    : api_(api), env_(env), file_(file), values_(std::move(values)), given_(std::move(given)) {
  const bool fits_as_it_is = has_input_shapes(file, shapes);
  if (!fits_as_it_is) shapes_ = shapes;
  try {
    session_ = load(settings);
  } catch (const Error &error) {
    if (fits_as_it_is || error.status() == AIR_ERROR_NO_MEMORY) throw;
    refusal_ = error.what();
    shapes_.clear();
    session_ = load(settings);
    settings.log->write(AIR_LOG_INFO, "the shapes of inputs are given to each run, as the graph does not take them: {}",
                        refusal_);
  }
}

std::unique_ptr<Session> FittedModel::load(const SessionSettings &settings) const {
  if (shapes_.empty() && values_.empty() && given_.values.empty()) {
    const std::string_view model(reinterpret_cast<const char *>(file_.bytes.data()), file_.bytes.size());
    return std::make_unique<Session>(api_, env_, model, settings);
  }
  return std::make_unique<Session>(api_, env_, rewrite(file_, shapes_, values_, given_), settings);
}

}  // namespace air::ort
