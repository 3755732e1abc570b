// SPDX-License-Identifier: BSD-3-Clause
// The table of what a client makes of each fault of a target at each step of a session.
#pragma once

#include <cstdint>
#include <span>

#include "airunner.h"

namespace air::test {

// The messages of a target that serves `null:`, from the first SYNC to the end of a run with the data of every node.
enum Step : uint8_t {
  kSync,
  kSysInfo,
  kModel,
  kEndOfModels,
  kFirstAck,
  kInputAck,
  kLastInputAck,
  kNode1,
  kNode1Tensor,
  kNode2,
  kNode2Tensor,
  kNode3,
  kNode3Tensor,
  kNode4,
  kNode4Tensor,
  kNode4LastTensor,
  kInference,
  kOutput,
  kLastOutput,
  // no messages
  kAnywhere,  // the fault is given without a place
  kAgain,     // at the first SYNC only: it is asked for once more
  kSteps
};

struct StepInfo {
  const char *where;  // behind the @ of a fault
  const char *doing;  // what the client says it was doing
};
const StepInfo &step_info(Step step);

using Steps = uint32_t;  // a bit for each step
constexpr Steps at(Step step) {
  return Steps{1} << step;
}
template <class... More>
constexpr Steps at(Step step, More... more) {
  return at(step) | at(more...);
}
constexpr Steps from_to(Step first, Step last) {
  return (at(last) << 1) - at(first);
}

enum FaultNote : uint32_t {
  kShort = 1u << 0,         // the client waits for the target: a short limit
  kGone = 1u << 1,          // nothing more to expect of this connection
  kDies = 1u << 2,          // on a terminal, which cannot be closed by the far side: falls silent
  kNamesPart = 1u << 3,     // the text names the tensor or model in place of the step
  kShowsLater = 1u << 4,    // the text names this step or the next one
  kSmallPackets = 1u << 5,  // needs packets of 32 bytes
  kNoNodes = 1u << 6,       // the nodes do not come
  kHasTexts = 1u << 7,      // names of nodes or tensors are other ones
  kInRun = 1u << 8,         // connecting works, running does not
  kWhileSending = 1u << 9,  // at a sync byte
  kWhenIdle = 1u << 10,     // the fault shows when nobody asks
  kMayPass = 1u << 11,      // the bytes may come soon enough to be dropped
  kMany = 1u << 12,         // takes long because it is much
};

struct FaultRow {
  const char *fault;  // as for --fault, without the place
  Steps steps;
  air_status status;  // of connecting or of the run that meets the fault
  const char *text;   // part of the message
  uint32_t notes = 0;
  const char *more = nullptr;  // another fault that belongs to it
};

std::span<const FaultRow> fault_rows();

}  // namespace air::test
