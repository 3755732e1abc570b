// SPDX-License-Identifier: BSD-3-Clause
// One command of the protocol.
#include "aivalidation/link/command.h"

#include <utility>

#include "wire/encode.h"
#include "wire/names.h"
#include "wire/statistics.h"

namespace air::aivalidation {
namespace {

constexpr uint32_t kMostLogsInARow = 65'536;

const char *state_name(uint32_t state) {
  switch (state) {
    case wire::kStateIdle:
      return "S_IDLE";
    case wire::kStateWaiting:
      return "S_WAITING";
    case wire::kStateProcessing:
      return "S_PROCESSING";
    case wire::kStateDone:
      return "S_DONE";
    case wire::kStateError:
      return "S_ERROR";
    default:
      return "unknown";
  }
}

}  // namespace

std::string target_error_name(uint32_t error) {
  switch (error) {
    case wire::kErrorNone:
      return "E_NONE";
    case wire::kErrorInvalidSize:
      return "E_INVALID_SIZE";
    case wire::kErrorInvalidFormat:
      return "E_INVALID_FORMAT";
    case wire::kErrorInvalidState:
      return "E_INVALID_STATE";
    case wire::kErrorInvalidParam:
      return "E_INVALID_PARAM";
    case wire::kErrorInvalidShape:
      return "E_INVALID_SHAPE";
    case wire::kErrorInvalidCommand:
      return "E_INVALID_CMD";
    case wire::kErrorUninitialized:
      return "E_INVALID_UNINITIALIZED";
    case wire::kErrorMemoryOverflow:
      return "E_MEM_OVERFLOW";
    case wire::kErrorGeneric:
      return "E_GENERIC";
    default:
      return fmt::format("code {}", error);
  }
}

Command::Command(Link &link, const HostLog &log, wire::Request request, const char *doing)
    : link_(link), log_(log), id_(link.next_request_id()) {
  request.reqid = id_;
  link_.set_synchronised(false);
  link_.send(wire::encode(request, head_), doing);
}

void Command::send(const wire::Data &data, const char *doing) {
  link_.send(wire::encode(data, head_), doing);
}

void Command::send(const wire::Buffer2x &buffer, const char *doing) {
  link_.send(wire::encode(buffer, head_), doing);
}

void Command::acknowledge(const char *doing) {
  link_.send(wire::encode(wire::Ack{}, head_), doing);
}

const wire::Response &Command::next(const Wait &wait) {
  for (uint32_t logs = 0; logs < kMostLogsInARow; ++logs) {
    const wire::Response &response = link_.receive(wait);
    if (response.reqid != id_) {
      fail(AIR_ERROR_PROTOCOL, "SeqID is not valid - {} instead {}: {} sent a stale or foreign message while {}",
           response.reqid, id_, link_.name(), wait.doing);
    }
    if (response.payload != wire::Payload::Log) return response;
    take_log(response.log);
    acknowledge("acknowledging a log message");
  }
  fail(AIR_ERROR_PROTOCOL, "{} sends log messages without end while {}", link_.name(), wait.doing);
}

const wire::Response &Command::expect(wire::Payload payload, uint32_t state, const Wait &wait) {
  const wire::Response &response = next(wait);
  check(response, payload, state);
  return response;
}

void Command::check(const wire::Response &response, wire::Payload payload, uint32_t state) {
  const bool is_error = response.payload == wire::Payload::Ack && response.state == wire::kStateError;
  if (is_error) fail_target(response, payload);
  if (response.payload != payload) {
    fail(AIR_ERROR_PROTOCOL, "receive '{}' instead '{}' from {} while {}", wire::payload_name(response.payload),
         wire::payload_name(payload), link_.name(), link_.doing());
  }
  if (response.state != state) {
    fail(AIR_ERROR_PROTOCOL, "Invalid state: {} instead {} in a message '{}' of {} while {}",
         state_name(response.state), state_name(state), wire::payload_name(payload), link_.name(), link_.doing());
  }
}

void Command::fail_target(const wire::Response &response, wire::Payload expected) {
  if (response.ack.error != wire::kErrorNone) finish();  // an error that is none: who knows what the target does next
  std::vector<std::string> causes;
  if (!last_log_.empty()) causes.push_back(fmt::format("the target said before: {}", last_log_));
  const wire::Ack &ack = response.ack;
  throw Error(AIR_ERROR_TARGET,
              fmt::format("{}[{},{}]: the target reports {} while {}",
                          expected == wire::Payload::Ack
                              ? ""
                              : fmt::format("receive 'ack' instead '{}' ", wire::payload_name(expected)),
                          ack.error, ack.param, target_error_name(ack.error), link_.doing()),
              static_cast<int32_t>(ack.error), std::move(causes));
}

void Command::take_log(const wire::Log &log) {
  const wire::Statistic statistic = wire::parse_statistic(log.str);
  const bool is_statistic = statistic.kind != wire::Statistic::Kind::None;
  const air_log_level level = is_statistic ? AIR_LOG_DEBUG : wire::log_level(log.level);
  if (log_.wants(level)) log_.write(level, "[TARGET:{}] {}", log.level, wire::clean_text(log.str));
  if (!is_statistic) last_log_ = wire::clean_text(log.str);
  if (statistic.kind == wire::Statistic::Kind::Config) config_.push_back(wire::clean_text(statistic.text));
  if (statistic.kind != wire::Statistic::Kind::Node) return;
  if (!statistics_.empty()) statistics_ += '\n';
  statistics_ += wire::clean_text(statistic.text);
}

std::string Command::take_statistics() {
  return std::exchange(statistics_, {});
}

}  // namespace air::aivalidation
