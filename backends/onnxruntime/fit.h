// SPDX-License-Identifier: BSD-3-Clause
// Loads a model for inputs of certain shapes.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "onnxruntime/model_file.h"
#include "onnxruntime/rewrite.h"
#include "onnxruntime/session.h"

namespace air::ort {

// The shapes are written into the graph, which lets the runtime know more; where the graph does not take them they are left to the runs, as
// for control flow whose branches suit inputs of different lengths.
class FittedModel {
 public:
  // With `values` as outputs beside its own, and `given` as inputs. Throws what Session throws for the graph as it is.
  FittedModel(const Api &api, const OrtEnv *env, const ModelFile &file, const std::vector<runtime::Shape> &shapes,
              std::vector<std::string> values, const SessionSettings &settings, Given given = {});

  std::unique_ptr<Session> take_session() { return std::move(session_); }
  // Loads it once more. It is written anew: what is written has the size of the file, and the runtime has a copy of its own.
  std::unique_ptr<Session> load(const SessionSettings &settings) const;

  const Given &given() const noexcept { return given_; }
  // Why the graph does not take the shapes, or "".
  const std::string &refusal() const noexcept { return refusal_; }

 private:
  const Api &api_;
  const OrtEnv *const env_;
  const ModelFile &file_;
  std::vector<runtime::Shape> shapes_;  // of the inputs; none: those of the file
  std::vector<std::string> values_;
  Given given_;
  std::string refusal_;
  std::unique_ptr<Session> session_;
};

}  // namespace air::ort
