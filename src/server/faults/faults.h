// SPDX-License-Identifier: BSD-3-Clause
// Faults that a target commits on purpose: their table, their grammar, and where in a conversation they take effect.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "wire/messages.h"

namespace air::server {

enum class FaultKind : uint8_t {
  // the target as a whole
  Silent,
  Late,
  Die,
  DieIn,
  DieAtSync,
  KeepState,
  Clients,
  Banner,
  Slow,
  Swallow,
  // bytes and packets
  GarbageBefore,
  GarbageBetween,
  GarbageAfter,
  Truncated,
  Header,
  Oversize,
  StalePadding,
  MissingSync,
  DoubleSync,
  WrongSync,
  // messages
  WrongReqid,
  WrongKind,
  WrongState,
  Error,
  TruncatedMessage,
  UnknownFields,
  LongVarints,
  LogStorm,
  LogSize,
  // contents
  Version,
  WrongSize,
  WrongCount,
  WrongRank,
  HugeDims,
  WrongDtype,
  BadFormat,
  Format,
  WrongLast,
  LongName,
  BadText,
  Float16,
  NoNodes,
  LyingNodes,
};
inline constexpr size_t kFaultKinds = static_cast<size_t>(FaultKind::LyingNodes) + 1;

// What `--fault list` prints.
std::string fault_table();

// The faults asked for, and how far the conversation with a client has come.
class Faults {
 public:
  // Adds `NAME[=VALUE][@WHERE]`. WHERE is the number of a message of the target, counted from 1 for each client, the kind of its payload
  // ("tensor"), or both ("tensor:2": the second of this kind). Throws std::invalid_argument.
  void add(std::string_view text);

  void next_client();
  void next_message(wire::Payload payload);
  void next_sync();

  // The value of the fault if it takes effect at the message in progress.
  std::optional<uint64_t> at_message(FaultKind kind) const;
  // The same at the sync byte in progress, whose number is the value.
  bool at_sync(FaultKind kind) const;
  // The value of a fault that was given without WHERE: it concerns the whole conversation.
  std::optional<uint64_t> always(FaultKind kind) const;
  // The value of a fault that was given, wherever it takes effect.
  std::optional<uint64_t> given(FaultKind kind) const;

 private:
  struct Fault {
    FaultKind kind;
    uint64_t value;
    wire::Payload payload;        // None: any
    std::optional<uint64_t> nth;  // message, or message of the kind
  };

  bool awake() const { return clients_ <= clients_limit_; }
  bool is_here(const Fault &fault) const;

  std::vector<Fault> faults_;
  uint64_t clients_ = 0;
  uint64_t clients_limit_ = UINT64_MAX;
  uint64_t messages_ = 0;
  uint64_t syncs_ = 0;
  wire::Payload payload_ = wire::Payload::None;
  std::array<uint64_t, 256> of_kind_{};
};

}  // namespace air::server
