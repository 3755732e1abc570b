// SPDX-License-Identifier: BSD-3-Clause
// Shapes of outputs that only a run tells.
#pragma once

#include <vector>

#include "onnxruntime/model_file.h"
#include "onnxruntime/session.h"

namespace air::ort {

struct ProbeContext {
  const Api &api;
  const OrtMemoryInfo *memory;
  const OrtRunOptions *run_options;
  const ModelFile &file;
};

// What a run gives whose inputs, of these shapes, hold made up values: the shape of each output of the session. Throws what the run did.
std::vector<runtime::Shape> probe_outputs(const ProbeContext &context, Session &session,
                                          const std::vector<runtime::Shape> &input_shapes);

}  // namespace air::ort
