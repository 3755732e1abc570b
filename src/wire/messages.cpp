// SPDX-License-Identifier: BSD-3-Clause
// Names of the payloads.
#include "wire/messages.h"

namespace air::wire {

const char *payload_name(Payload payload) {
  switch (payload) {
    case Payload::None:
      return "none";
    case Payload::Sync:
      return "sync";
    case Payload::SysInfo:
      return "sinfo";
    case Payload::Ack:
      return "ack";
    case Payload::Log:
      return "log";
    case Payload::Node2x:
      return "node";
    case Payload::Data:
      return "data";
    case Payload::Operator:
      return "op";
    case Payload::Tensor:
      return "tensor";
    case Payload::NetworkInfo:
      return "ninfo";
    case Payload::RunReport:
      return "report";
    case Payload::ModelInfo:
      return "minfo";
  }
  return "unknown";
}

}  // namespace air::wire
