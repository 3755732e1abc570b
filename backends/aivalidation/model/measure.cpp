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

template <class AnyRun, class... Pass>
void run_and_measure(const RunContext &context, Model &model, backend::Run &run, Pass... pass) {
  Measurements &measurements = model.measurements();
  measurements.begin_run();
  const Link::Traffic before = context.link.traffic();
  const uint64_t start_ns = backend::now_ns();
  AnyRun running(context, model, run, pass...);
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

// What cannot be counted at once is counted in runs before the one that is measured.
void run_and_count(const RunContext &context, Model &model, backend::Run &run) {
  const bool observes = run.has(AIR_MODE_PER_LAYER | AIR_MODE_PER_LAYER_WITH_DATA);
  const uint32_t groups = observes ? context.counters : 0;
  const std::vector<uint32_t> options = counting_runs(groups);
  NpuCounters &npu = model.measurements().npu();
  npu.begin_sample();
  for (const uint32_t option : std::span(options).first(options.size() - 1)) {
    Run3x(context, model, run, {.option = option, .only_counts = true}).execute();
    run.check();
  }
  run_and_measure<Run3x>(context, model, run, Pass{.option = options.back()});
  npu.require(groups);
}

}  // namespace

void run_model(const RunContext &context, Model &model, backend::Run &run) {
  if (model.found().legacy) {
    run_and_measure<Run2x>(context, model, run);
  } else {
    run_and_count(context, model, run);
  }
}

}  // namespace air::aivalidation
