// SPDX-License-Identifier: BSD-3-Clause
// The table of what a client makes of each fault of a target at each step of a session.
#include "fault_cases.h"

#include <array>

namespace air::test {
namespace {

constexpr const char *kModelReply = "waiting for the reply to NETWORK_INFO";
constexpr const char *kInputReply = "waiting for the acknowledge of an input tensor";
constexpr const char *kNodeReply = "waiting for the next node or the end of the inference";
constexpr const char *kTensorReply = "waiting for a tensor of a node";
constexpr const char *kOutputReply = "waiting for an output tensor";

constexpr std::array<StepInfo, kSteps> kInfos = {{
    {"sync", "synchronising with the target"},
    {"sinfo", "waiting for the reply to SYS_INFO"},
    {"minfo", kModelReply},
    {"ack:1", kModelReply},
    {"ack:2", "waiting for the first reply to NETWORK_RUN"},
    {"ack:3", kInputReply},
    {"ack:4", kInputReply},
    {"op:1", kNodeReply},
    {"tensor:1", kTensorReply},
    {"op:2", kNodeReply},
    {"tensor:2", kTensorReply},
    {"op:3", kNodeReply},
    {"tensor:3", kTensorReply},
    {"op:4", kNodeReply},
    {"tensor:4", kTensorReply},
    {"tensor:5", kTensorReply},
    {"op:5", kNodeReply},
    {"tensor:6", kOutputReply},
    {"tensor:7", kOutputReply},
    {"", ""},
    {"1", ""},
}};

constexpr Steps kReplies = from_to(kSysInfo, kLastOutput);  // all but SYNC, which is asked for again
constexpr Steps kOnePerKind = at(kSysInfo, kModel, kEndOfModels, kFirstAck, kInputAck, kLastInputAck, kNode1,
                                 kNode1Tensor, kInference, kOutput, kLastOutput);
constexpr Steps kStreamed = from_to(kNode1, kOutput);  // the next message follows at once
constexpr Steps kLockstep = kOnePerKind & ~kStreamed;
constexpr Steps kRunAcks = at(kFirstAck, kInputAck, kLastInputAck);
constexpr Steps kOperators = at(kNode1, kInference);
constexpr Steps kOutputs = at(kOutput, kLastOutput);
constexpr Steps kTwoPackets = at(kModel, kNode1, kNode2, kNode3, kNode4, kNode1Tensor, kNode2Tensor, kNode3Tensor,
                                 kNode4Tensor, kNode4LastTensor, kInference, kOutput, kLastOutput);

constexpr const char *kClosed = "the other side closed it";
constexpr const char *kSilent = "STM32 - read timeout";
constexpr const char *kLimit = "time limit of 4000 ms passed";
constexpr const char *kBroken = "breaks the protocol";
constexpr const char *kInconsistent = "Received TensorDesc is not consistent";

constexpr auto kRows = std::to_array<FaultRow>({
    // The target dies: at every boundary, in the middle of a first or later packet, while it takes an input.
    {"die", at(kSync) | kReplies, AIR_ERROR_LINK_LOST, kClosed, kGone | kDies},
    {"die-in", at(kSync), AIR_ERROR_PROTOCOL, "Invalid firmware", kNamesPart},
    {"die-in", kReplies, AIR_ERROR_LINK_LOST, kClosed, kGone | kDies},
    {"die-in=2", kTwoPackets, AIR_ERROR_LINK_LOST, kClosed, kGone | kDies | kSmallPackets},
    {"die-in=7", at(kModel), AIR_ERROR_LINK_LOST, kClosed, kGone | kDies | kSmallPackets},
    {"die-at-sync=1", at(kAnywhere), AIR_ERROR_LINK_LOST, kClosed, kGone | kDies | kSmallPackets | kWhileSending},
    {"die-at-sync=4", at(kAnywhere), AIR_ERROR_LINK_LOST, kClosed, kGone | kDies | kSmallPackets | kWhileSending},

    // It does not answer, or late.
    {"silent", at(kSync), AIR_ERROR_NO_ANSWER, "Invalid firmware", kNamesPart},
    {"silent", at(kAnywhere), AIR_ERROR_NO_ANSWER, "Invalid firmware", kNamesPart},
    {"silent", kReplies, AIR_ERROR_TIMEOUT, kSilent, kShort | kGone},
    {"late=100", at(kSync), AIR_OK, ""},
    {"late=400", at(kSync), AIR_OK, ""},
    {"late=300", at(kAgain) | kOnePerKind, AIR_OK, ""},
    {"late=1600", kOnePerKind, AIR_ERROR_TIMEOUT, kSilent, kShort},
    {"slow=100", at(kAnywhere), AIR_OK, ""},
    {"banner", at(kAnywhere), AIR_OK, ""},
    {"swallow=5000", at(kAnywhere), AIR_OK, ""},
    {"swallow", at(kAnywhere), AIR_ERROR_NO_ANSWER, "answers nothing more: reset the board", kNamesPart},

    // Bytes that belong to no message, and packets that are none.
    {"garbage-before", at(kSync), AIR_ERROR_TIMEOUT, kLimit, kNamesPart},
    {"garbage-before", at(kAgain), AIR_OK, ""},
    {"garbage-before", kOnePerKind, AIR_ERROR_PROTOCOL, kBroken},
    {"garbage-before=5000", kOnePerKind, AIR_ERROR_PROTOCOL, kBroken},
    {"garbage-between", kTwoPackets, AIR_ERROR_PROTOCOL, kBroken, kSmallPackets},
    {"garbage-after", at(kSync, kAgain), AIR_ERROR_PROTOCOL, kBroken, kNamesPart | kMayPass},
    {"garbage-after", kOnePerKind & ~at(kEndOfModels, kLastOutput), AIR_ERROR_PROTOCOL, kBroken, kShowsLater},
    {"garbage-after", at(kEndOfModels, kLastOutput), AIR_OK, "", kWhenIdle},
    {"truncated", at(kSync), AIR_ERROR_TIMEOUT, kLimit, kNamesPart},
    {"truncated", at(kAgain), AIR_OK, ""},
    {"truncated", kLockstep, AIR_ERROR_TIMEOUT, kSilent, kShort},
    {"truncated", kStreamed, AIR_ERROR_PROTOCOL, kBroken, kShowsLater},
    {"header", at(kSync), AIR_ERROR_TIMEOUT, kLimit, kNamesPart},
    {"header", at(kAgain), AIR_OK, ""},
    {"header", kOnePerKind, AIR_ERROR_PROTOCOL, "the header of a packet"},
    {"header=0x7fff", kOnePerKind, AIR_ERROR_PROTOCOL, "the header of a packet"},
    {"header=0xaaaa", kOnePerKind, AIR_ERROR_PROTOCOL, "a sync byte came"},
    {"oversize", at(kSync), AIR_ERROR_TIMEOUT, kLimit, kNamesPart},
    {"oversize", kOnePerKind, AIR_ERROR_PROTOCOL, "the header of a packet"},
    {"stale-padding", at(kAnywhere), AIR_OK, ""},

    // Sync bytes of the packets of an input.
    {"missing-sync=1", at(kAnywhere), AIR_ERROR_TIMEOUT, kSilent, kShort | kSmallPackets | kWhileSending},
    {"missing-sync=4", at(kAnywhere), AIR_ERROR_TIMEOUT, kSilent, kShort | kSmallPackets | kWhileSending},
    {"double-sync=1", at(kAnywhere), AIR_ERROR_PROTOCOL, "sync byte", kSmallPackets | kWhileSending},
    {"double-sync=4", at(kAnywhere), AIR_ERROR_PROTOCOL, "sync byte", kSmallPackets | kWhileSending},
    {"wrong-sync=1", at(kAnywhere), AIR_ERROR_PROTOCOL, "0x55 where one sync byte", kSmallPackets | kWhileSending},
    {"wrong-sync=4", at(kAnywhere), AIR_ERROR_PROTOCOL, "0x55 where one sync byte", kSmallPackets | kWhileSending},

    // Messages that are not the one that is due.
    {"wrong-reqid", at(kSync), AIR_ERROR_TIMEOUT, kLimit, kNamesPart},
    {"wrong-reqid", at(kAgain), AIR_OK, ""},
    {"wrong-reqid", kOnePerKind, AIR_ERROR_PROTOCOL, "SeqID is not valid"},
    {"wrong-kind", at(kSync), AIR_ERROR_TIMEOUT, kLimit, kNamesPart},
    {"wrong-kind", at(kAgain), AIR_OK, ""},
    {"wrong-kind", kOnePerKind, AIR_ERROR_PROTOCOL, "receive 'sync' instead"},
    {"wrong-state=3", at(kSysInfo, kModel) | kRunAcks | kOperators | at(kOutput), AIR_ERROR_PROTOCOL, "Invalid state"},
    {"wrong-state=77", at(kSysInfo, kModel) | kRunAcks | kOperators | kOutputs, AIR_ERROR_PROTOCOL, "Invalid state"},
    {"wrong-state=77", at(kEndOfModels), AIR_ERROR_PROTOCOL, "receive 'ack' instead 'minfo'"},
    {"wrong-state=4", kRunAcks, AIR_ERROR_TARGET, "reports E_NONE"},
    {"error", at(kSysInfo) | kRunAcks | kOutputs, AIR_ERROR_TARGET, "reports E_GENERIC"},
    {"error", at(kModel), AIR_ERROR_NOT_INITIALIZED, "Model for 0 is not initialized", kNamesPart},
    {"error", at(kEndOfModels), AIR_OK, ""},
    {"error", at(kNode1, kNode1Tensor, kInference), AIR_ERROR_RUN_FAILED, "reports E_GENERIC"},
    {"error=1", kOnePerKind & ~at(kModel, kEndOfModels), AIR_ERROR_TARGET, "reports E_INVALID_SIZE"},
    {"error=4", at(kModel), AIR_ERROR_NOT_FOUND, "holds no model", kNamesPart},
    {"error=8", kRunAcks | kOperators | kOutputs, AIR_ERROR_TARGET, "reports E_MEM_OVERFLOW"},
    {"error=4242", kRunAcks | kOperators | kOutputs, AIR_ERROR_TARGET, "reports code 4242"},
    {"truncated-message", at(kSync), AIR_ERROR_TIMEOUT, kLimit, kNamesPart},
    {"truncated-message", at(kAgain), AIR_OK, ""},
    {"truncated-message", kOnePerKind, AIR_ERROR_PROTOCOL, ""},
    {"truncated-message=0", kOnePerKind, AIR_ERROR_PROTOCOL, ""},
    {"truncated-message=1", kOnePerKind, AIR_ERROR_PROTOCOL, ""},
    {"truncated-message=20", at(kModel, kNode1, kNode1Tensor, kInference, kOutput, kLastOutput), AIR_ERROR_PROTOCOL,
     ""},
    {"truncated-message=60", at(kModel, kNode1Tensor, kOutput), AIR_ERROR_PROTOCOL, ""},
    {"unknown-fields", at(kAnywhere), AIR_OK, ""},
    {"long-varints", at(kAnywhere), AIR_OK, ""},

    // Logs between messages; these lengths make last packets of 31, 0 and 1 bytes.
    {"log-storm=3", at(kSync) | kOnePerKind, AIR_OK, ""},
    {"log-storm=2", at(kAnywhere), AIR_OK, "", 0, "log-size=21"},
    {"log-storm=2", at(kAnywhere), AIR_OK, "", 0, "log-size=22"},
    {"log-storm=2", at(kAnywhere), AIR_OK, "", 0, "log-size=23"},
    {"log-storm=2", at(kAnywhere), AIR_OK, "", 0, "log-size=60000"},
    {"log-storm=2", at(kSysInfo, kNode1), AIR_ERROR_PROTOCOL, "longer than any real one", 0, "log-size=70000"},
    {"log-storm=1", at(kNode1), AIR_ERROR_PROTOCOL, "longer than any that is expected", kMany, "log-size=70000000"},
    {"log-storm=66000", at(kSysInfo, kNode1), AIR_ERROR_PROTOCOL, "log messages without end", kMany},

    // Descriptions that contradict themselves or each other.
    {"version=4.0", at(kSync), AIR_ERROR_INCOMPATIBLE, "COM Protocol is not supported: 4.0", kNamesPart},
    {"version=1.9", at(kSync), AIR_ERROR_INCOMPATIBLE, "COM Protocol is not supported: 1.9", kNamesPart},
    {"wrong-size", at(kModel, kNode1Tensor) | kOutputs, AIR_ERROR_PROTOCOL, kInconsistent, kNamesPart},
    {"wrong-size", kRunAcks, AIR_OK, ""},
    {"wrong-count", at(kModel), AIR_ERROR_PROTOCOL, "declares 3 inputs and describes 2", kNamesPart},
    {"wrong-rank", at(kModel, kNode1Tensor) | kOutputs, AIR_ERROR_PROTOCOL, kInconsistent, kNamesPart},
    {"wrong-rank=0", at(kModel, kNode1Tensor) | kOutputs, AIR_ERROR_PROTOCOL, kInconsistent, kNamesPart},
    {"wrong-rank=5000", at(kModel, kNode1Tensor) | kOutputs, AIR_ERROR_PROTOCOL, kInconsistent, kNamesPart},
    {"huge-dims", at(kModel, kNode1Tensor) | kOutputs, AIR_ERROR_PROTOCOL, kInconsistent, kNamesPart},
    {"wrong-dtype", at(kModel), AIR_ERROR_TARGET, "reports E_INVALID_SIZE", kNamesPart | kInRun},
    {"wrong-dtype", at(kNode1Tensor) | kOutputs, AIR_ERROR_PROTOCOL, kInconsistent, kNamesPart},
    {"bad-format", at(kModel), AIR_ERROR_UNSUPPORTED, "invalid/unsupported format", kNamesPart},
    {"bad-format", at(kNode1Tensor), AIR_OK, "", kHasTexts},
    {"bad-format", kOutputs, AIR_ERROR_PROTOCOL, kInconsistent, kNamesPart},
    {"format=0x9E083B", kOutputs, AIR_ERROR_PROTOCOL, kInconsistent, kNamesPart},
    {"wrong-last", at(kNode1, kNode1Tensor), AIR_OK, ""},
    {"wrong-last", at(kNode4Tensor), AIR_ERROR_PROTOCOL, "receive 'tensor' instead 'op'", kNamesPart},
    {"wrong-last", at(kInference), AIR_ERROR_PROTOCOL, "where one of a node was due", kNamesPart},
    {"wrong-last", kOutputs, AIR_ERROR_PROTOCOL, "Number of received output tensor", kNamesPart},
    {"long-name", at(kModel), AIR_ERROR_PROTOCOL, "name", kNamesPart},
    {"long-name=60000", at(kModel), AIR_ERROR_PROTOCOL, "name", kNamesPart},
    {"long-name", kOperators | at(kNode1Tensor) | kOutputs, AIR_OK, "", kHasTexts},
    {"bad-text", at(kModel), AIR_ERROR_TARGET, "reports E_INVALID_PARAM", kInRun | kNamesPart},
    {"bad-text", kOperators | at(kNode1Tensor) | kOutputs, AIR_OK, "", kHasTexts},
    {"float16", at(kAnywhere), AIR_OK, ""},
    {"no-nodes", at(kAnywhere), AIR_OK, "", kNoNodes},
    {"lying-nodes", at(kAnywhere), AIR_OK, ""},
});

}  // namespace

const StepInfo &step_info(Step step) {
  return kInfos[step];
}

std::span<const FaultRow> fault_rows() {
  return kRows;
}

}  // namespace air::test
