// SPDX-License-Identifier: BSD-3-Clause
// Runs a model in the protocol of its target and measures the link beside it.
#include <algorithm>

#include "aivalidation/link/legacy_2x.h"
#include "aivalidation/model/run.h"

namespace air::aivalidation {
namespace {

// In the form of the library, where 0 is unknown.
uint64_t known(uint64_t ns) {
  return ns == 0 ? AIR_BACKEND_ZERO : ns;
}

template <class AnyRun>
void run_and_measure(const RunContext &context, Model &model, backend::Run &run) {
  Measurements &measurements = model.measurements();
  measurements.begin_run();
  const Link::Traffic before = context.link.traffic();
  const uint64_t start_ns = backend::now_ns();
  AnyRun running(context, model, run);
  running.execute();
  const NodeEvents &events = running.events();
  const uint64_t inference_ns = running.inference_ns();
  const uint64_t device_ns = events.any() ? events.device_ns() : inference_ns;
  air_run_result &result = run.result();
  result.run_ns = known(inference_ns);
  result.end_ns = backend::now_ns();
  // What is neither computing nor the caller's own is transfer.
  const uint64_t passed_ns = result.end_ns - start_ns;
  measurements.add_link(passed_ns - std::min(passed_ns, device_ns + events.spent_ns()), before, context.link.traffic());
  run.measured(known(device_ns), measurements.of_run());
}

}  // namespace

void run_model(const RunContext &context, Model &model, backend::Run &run) {
  if (model.found().legacy) {
    run_and_measure<Run2x>(context, model, run);
  } else {
    run_and_measure<Run3x>(context, model, run);
  }
}

}  // namespace air::aivalidation
