// SPDX-License-Identifier: BSD-3-Clause
// Faults that a target commits on purpose: their table and their grammar.
#include "server/faults/faults.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <stdexcept>

#include "common/numbers.h"

namespace air::server {
namespace {

using wire::Payload;

struct Entry {
  FaultKind kind;
  const char *name;
  const char *value;  // what the value means, "" when there is none
  uint64_t fallback;  // the value when none is given
  const char *effect;
};

// In the order of FaultKind.
constexpr std::array<Entry, kFaultKinds> kTable = {{
    {FaultKind::Silent, "silent", "", 0, "sends nothing any more from this message on; without @WHERE never anything"},
    {FaultKind::Late, "late", "ms", 1000, "waits before the message"},
    {FaultKind::Die, "die", "", 0, "dies instead of sending the message"},
    {FaultKind::DieIn, "die-in", "packet", 1, "dies in the middle of this packet of the message"},
    {FaultKind::DieAtSync, "die-at-sync", "number", 1, "dies instead of sending this sync byte"},
    {FaultKind::KeepState, "keep-state", "", 0,
     "does not notice that a client goes: the next one meets the target where the last one left it, as on a UART"},
    {FaultKind::Clients, "clients", "count", 1,
     "limits all faults to the first clients; later ones meet a healthy target"},
    {FaultKind::Banner, "banner", "", 0, "prints a text when a client has connected, as a board does after a reset"},
    {FaultKind::Slow, "slow", "us", 1000, "pauses after each byte it sends"},
    {FaultKind::Swallow, "swallow", "bytes", UINT32_MAX,
     "takes so many bytes for the rest of a message: from the first on, or after the message of @WHERE"},

    {FaultKind::GarbageBefore, "garbage-before", "bytes", 5, "sends bytes 0xC3 before the message"},
    {FaultKind::GarbageBetween, "garbage-between", "bytes", 5,
     "sends bytes 0xC3 after the first packet of the message"},
    {FaultKind::GarbageAfter, "garbage-after", "bytes", 5, "sends bytes 0xC3 after the message"},
    {FaultKind::Truncated, "truncated", "bytes", 1, "leaves out the last bytes of the last packet"},
    {FaultKind::Header, "header", "value", 0xC3C3, "replaces the header of the first packet"},
    {FaultKind::Oversize, "oversize", "", 0, "announces one byte more than a packet holds in the first header"},
    {FaultKind::StalePadding, "stale-padding", "", 0, "pads packets with remains instead of zeros"},
    {FaultKind::MissingSync, "missing-sync", "number", 1, "does not send this sync byte"},
    {FaultKind::DoubleSync, "double-sync", "number", 1, "sends this sync byte twice"},
    {FaultKind::WrongSync, "wrong-sync", "number", 1, "sends 0x55 in place of this sync byte"},

    {FaultKind::WrongReqid, "wrong-reqid", "id", 0, "answers with another request id"},
    {FaultKind::WrongKind, "wrong-kind", "", 0, "sends a sync payload, or an ack in place of one"},
    {FaultKind::WrongState, "wrong-state", "state", 0, "sends another state"},
    {FaultKind::Error, "error", "code", 10, "sends an error reply in its place and ends the command"},
    {FaultKind::TruncatedMessage, "truncated-message", "bytes", 9,
     "cuts the message off after these bytes: lengths and names have no end"},
    {FaultKind::UnknownFields, "unknown-fields", "", 0, "adds fields that no schema has"},
    {FaultKind::LongVarints, "long-varints", "", 0,
     "writes dims, counters and extra words as 10-byte varints, as 32-bit firmware does"},
    {FaultKind::LogStorm, "log-storm", "count", 100, "sends so many logs before the message"},
    {FaultKind::LogSize, "log-size", "bytes", 127, "length of the texts of log-storm"},

    {FaultKind::Version, "version", "major.minor", 0, "claims another version of the protocol"},
    {FaultKind::WrongSize, "wrong-size", "", 0,
     "announces 64 more: bytes in an ack, elements of the first tensor of a minfo or of a tensor"},
    {FaultKind::WrongCount, "wrong-count", "", 0, "announces one input more than the minfo describes"},
    {FaultKind::WrongRank, "wrong-rank", "rank", 100, "gives the first tensor so many dimensions"},
    {FaultKind::HugeDims, "huge-dims", "", 0, "gives the first tensor four dimensions of 2^32 - 1"},
    {FaultKind::WrongDtype, "wrong-dtype", "", 0,
     "gives the first tensor another type: int16, or float32 in place of that"},
    {FaultKind::BadFormat, "bad-format", "", 0, "gives the first tensor a format of 20 bits"},
    {FaultKind::Format, "format", "word", 0x9E083B,
     "sends a tensor in another format, its elements cut or filled with zeros to fit: fixed point Q20.-5"},
    {FaultKind::WrongLast, "wrong-last", "", 0, "inverts the flag of the last tensor"},
    {FaultKind::LongName, "long-name", "bytes", 200, "sends a name longer than the protocol allows"},
    {FaultKind::BadText, "bad-text", "", 0, "sends a name that is not UTF-8"},
    {FaultKind::Float16, "float16", "", 0, "sends float32 tensors as float16, still announced as float32"},
    {FaultKind::NoNodes, "no-nodes", "", 0, "reports no nodes although it claims to observe"},
    {FaultKind::LyingNodes, "lying-nodes", "", 0, "marks nodes as without tensor and sends their tensors all the same"},
}};

static_assert([] {
  for (size_t i = 0; i < kTable.size(); ++i) {
    if (static_cast<size_t>(kTable[i].kind) != i) return false;
  }
  return true;
}());

constexpr std::array kPayloads = {Payload::Sync, Payload::SysInfo,  Payload::Ack,    Payload::Log,
                                  Payload::Data, Payload::Operator, Payload::Tensor, Payload::ModelInfo};

[[noreturn]] void refuse(std::string_view text, std::string_view expected) {
  throw std::invalid_argument(fmt::format("--fault {}: {}; `--fault list` prints them all", text, expected));
}

// Decimal, or hexadecimal with 0x.
std::optional<uint64_t> number(std::string_view text) {
  const int base = text.starts_with("0x") ? 16 : 10;
  if (base == 16) text.remove_prefix(2);
  return number_in<uint64_t>(text, base);
}

// "3.1" as the word of a SYNC reply.
std::optional<uint64_t> version(std::string_view text) {
  const size_t dot = text.find('.');
  if (dot == std::string_view::npos) return std::nullopt;
  const auto major = number(text.substr(0, dot));
  const auto minor = number(text.substr(dot + 1));
  if (!major || !minor || *major > 255 || *minor > 255) return std::nullopt;
  return *major << 8 | *minor;
}

Payload payload_called(std::string_view text, std::string_view name) {
  for (const Payload payload : kPayloads) {
    if (name == wire::payload_name(payload)) return payload;
  }
  refuse(
      text,
      "after @ expected the number of a message, or sync, sinfo, ack, log, data, op, tensor or minfo, or KIND:NUMBER");
}

}  // namespace

std::string fault_table() {
  std::string table;
  for (const Entry &entry : kTable) {
    const std::string usage = *entry.value == '\0' ? entry.name : fmt::format("{}[={}]", entry.name, entry.value);
    fmt::format_to(std::back_inserter(table), "{:26}{}{}\n", usage, entry.effect,
                   entry.fallback == 0 ? "" : fmt::format(" ({})", entry.fallback));
  }
  return table;
}

void Faults::add(std::string_view text) {
  const size_t at = text.find('@');
  const std::string_view what = text.substr(0, at);
  const size_t equals = what.find('=');
  const std::string_view name = what.substr(0, equals);
  const auto entry = std::find_if(kTable.begin(), kTable.end(), [&](const Entry &row) { return name == row.name; });
  if (entry == kTable.end()) refuse(text, "no fault of this name");

  Fault fault = {entry->kind, entry->fallback, Payload::None, std::nullopt};
  if (equals != std::string_view::npos) {
    const std::string_view value = what.substr(equals + 1);
    if (*entry->value == '\0') refuse(text, "this fault takes no value");
    const auto parsed = fault.kind == FaultKind::Version ? version(value) : number(value);
    if (!parsed) refuse(text, fmt::format("expected {}={}", name, entry->value));
    fault.value = *parsed;
  }
  if (at != std::string_view::npos) {
    std::string_view where = text.substr(at + 1);
    const size_t colon = where.find(':');
    fault.nth = number(colon == std::string_view::npos ? where : where.substr(colon + 1));
    if (fault.nth == 0U) refuse(text, "messages are counted from 1");
    if (!fault.nth || colon != std::string_view::npos) fault.payload = payload_called(text, where.substr(0, colon));
    if (colon != std::string_view::npos && !fault.nth) refuse(text, "expected a number after the colon");
  }
  if (fault.kind == FaultKind::Clients) clients_limit_ = fault.value;
  faults_.push_back(fault);
}

void Faults::next_client() {
  ++clients_;
  messages_ = syncs_ = 0;
  of_kind_ = {};
}

void Faults::next_message(Payload payload) {
  ++messages_;
  payload_ = payload;
  ++of_kind_[static_cast<size_t>(payload)];
}

void Faults::next_sync() {
  ++syncs_;
}

bool Faults::is_here(const Fault &fault) const {
  if (fault.payload == Payload::None) return !fault.nth || *fault.nth == messages_;
  return fault.payload == payload_ && (!fault.nth || *fault.nth == of_kind_[static_cast<size_t>(payload_)]);
}

std::optional<uint64_t> Faults::at_message(FaultKind kind) const {
  for (const Fault &fault : faults_) {
    if (awake() && fault.kind == kind && is_here(fault)) return fault.value;
  }
  return std::nullopt;
}

bool Faults::at_sync(FaultKind kind) const {
  return std::any_of(faults_.begin(), faults_.end(),
                     [&](const Fault &fault) { return awake() && fault.kind == kind && fault.value == syncs_; });
}

std::optional<uint64_t> Faults::always(FaultKind kind) const {
  for (const Fault &fault : faults_) {
    if (awake() && fault.kind == kind && fault.payload == Payload::None && !fault.nth) return fault.value;
  }
  return std::nullopt;
}

std::optional<uint64_t> Faults::given(FaultKind kind) const {
  const auto found =
      std::find_if(faults_.begin(), faults_.end(), [&](const Fault &fault) { return fault.kind == kind; });
  return found == faults_.end() ? std::nullopt : std::optional(found->value);
}

}  // namespace air::server
