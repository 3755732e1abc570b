// SPDX-License-Identifier: BSD-3-Clause
// Loads a model for inputs of certain shapes.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "model_file.h"
#include "rewrite.h"
#include "session.h"

namespace air::ort {

// The shapes are written into the graph, which lets the runtime know more; where the graph does not take them they are left to the runs, as
// for control flow whose branches suit inputs of different lengths.
class FittedModel {
 public:
  // With `values` as outputs beside its own, and `given` as inputs. Throws what Session throws for the graph as it is.
  FittedModel(const Api &api, const abi::Env *env, const ModelFile &file, const std::vector<runtime::Shape> &shapes,
              const std::vector<std::string> &values, const SessionSettings &settings, const Given &given = {});

  // What the runtime takes; valid as long as this and the file.
  std::string_view bytes() const noexcept;
  std::unique_ptr<Session> take_session() { return std::move(session_); }
  // Why the graph does not take the shapes, or "".
  const std::string &refusal() const noexcept { return refusal_; }

 private:
  const ModelFile &file_;
  std::string written_;  // empty: the file does
  std::string refusal_;
  std::unique_ptr<Session> session_;
};

}  // namespace air::ort
