// SPDX-License-Identifier: BSD-3-Clause
// Runs a model in the protocol of its target and measures the link beside it.
#include <algorithm>

#include "legacy_2x.h"
#include "run.h"

namespace air::target {
namespace {

template <class AnyRun>
void run_and_measure(const RunContext &context, Model &model, const air_run &run) {
  const Link::Traffic before = context.link.traffic();
  const uint64_t start_ns = context.host.now_ns();
  AnyRun running(context, model, run);
  running.execute();
  const Link::Traffic after = context.link.traffic();
  const NodeEvents &events = running.events();
  air_run_result &result = *run.result;
  result.exec_ns = running.inference_ns();
  result.device_ns = events.any() ? events.device_ns() : result.exec_ns;
  result.end_ns = context.host.now_ns();
  // What is neither computing nor the caller's own is transfer.
  const uint64_t passed_ns = result.end_ns - start_ns;
  result.link_ns = passed_ns - std::min(passed_ns, result.device_ns + events.spent_ns());
  result.link_bytes_sent = after.bytes_sent - before.bytes_sent;
  result.link_bytes_received = after.bytes_received - before.bytes_received;
  result.link_packets = after.packets - before.packets;
  result.link_turnarounds = after.turnarounds - before.turnarounds;
}

}  // namespace

void run_model(const RunContext &context, Model &model, const air_run &run) {
  if (model.found().legacy) {
    run_and_measure<Run2x>(context, model, run);
  } else {
    run_and_measure<Run>(context, model, run);
  }
}

}  // namespace air::target
