// SPDX-License-Identifier: BSD-3-Clause
// Loads a model for inputs of certain shapes.
#include "fit.h"

#include "common/error.h"

namespace air::ort {

using runtime::Shape;

FittedModel::FittedModel(const Api &api, const abi::Env *env, const ModelFile &file, const std::vector<Shape> &shapes,
                         const std::vector<std::string> &values, const SessionSettings &settings, const Given &given)
    : file_(file) {
  const auto load = [&](const std::vector<Shape> &fixed) {
    const bool as_it_is = fixed.empty() && values.empty() && given.values.empty();
    written_ = as_it_is ? "" : rewrite(file, fixed, values, given);
    session_ = std::make_unique<Session>(api, env, bytes(), settings);
  };
  try {
    load(has_input_shapes(file, shapes) ? std::vector<Shape>() : shapes);
  } catch (const Error &error) {
    if (has_input_shapes(file, shapes) || error.status() == AIR_ERROR_NO_MEMORY) throw;
    refusal_ = error.what();
    load({});
    settings.log->write(AIR_LOG_INFO, "the shapes of inputs are given to each run, as the graph does not take them: {}",
                        refusal_);
  }
}

std::string_view FittedModel::bytes() const noexcept {
  return written_.empty() ? std::string_view(reinterpret_cast<const char *>(file_.bytes.data()), file_.bytes.size())
                          : written_;
}

}  // namespace air::ort
