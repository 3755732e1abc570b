// SPDX-License-Identifier: BSD-3-Clause
// The simulated target: takes one command after the other.
#include "server/target.h"

#include <algorithm>

#include "server/models/network_run.h"
#include "server/models/npu_statistics.h"
#include "server/models/self_test.h"

namespace air::server {
namespace {

constexpr uint32_t kOneByteLink = 2;     // generation
constexpr uint32_t kDisconnectable = 4;  // generation

}  // namespace

Target::Target(std::deque<ServedModel> &models, const Personality &personality, const TargetOptions &options,
               Channel &channel, Faults &faults, const Shutdown &shutdown)
    : models_(models),
      personality_(personality),
      options_(options),
      channel_(channel),
      shutdown_(shutdown),
      exchange_(channel, faults, options.generation == kOneByteLink ? wire::Flavour::A : wire::Flavour::B) {
  if (options_.memory || options_.self_test) memory_.emplace(models);
}

void Target::serve() {
  try {
    for (;;) {
      channel_.open();
      try {
        serve_client();
      } catch (const ClientGone &) {
        channel_.close();
        if (options_.once) return;
      }
    }
  } catch (const Stopped &) {
    channel_.close();
  }
}

// What a client has left in stateful models is not for the next one.
void Target::reset_states() {
  for (ServedModel &model : models_) {
    if (model.reset_states(shutdown_.token()) == AIR_OK) continue;
    if (shutdown_.requested()) throw Stopped();
    note(air_last_error()->message);
  }
}

void Target::serve_client() {
  reset_states();
  exchange_.begin_client();
  for (;;) {
    try {
      serve_command(exchange_.await_request());
    } catch (const CommandEnded &) {
      continue;  // idle again
    }
  }
}

void Target::serve_command(const wire::Request &request) {
  switch (request.cmd) {
    case wire::kCmdSync:
      return serve_sync();
    case wire::kCmdSysInfo:
      return serve_sys_info();
    case wire::kCmdNetworkInfo:
      return serve_network_info(request);
    case wire::kCmdNetworkRun:
      return serve_network_run(request);
    default:
      if (!serve_optional(request)) refuse();
  }
}

// Commands that only some firmware has.
bool Target::serve_optional(const wire::Request &request) {
  const bool is_memory = request.cmd == wire::kCmdMemoryRead || request.cmd == wire::kCmdMemoryWrite ||
                         request.cmd == wire::kCmdMemoryChecksum;
  if (is_memory && options_.memory) {
    memory_->serve(exchange_, request);
  } else if (request.cmd == wire::kCmdTest && options_.self_test) {
    serve_self_test(exchange_, *memory_, request);
  } else if (request.cmd == wire::kCmdDisconnect && options_.generation >= kDisconnectable) {
    exchange_.set_payload(wire::kMinPayload);
  } else {
    return false;
  }
  return true;
}

void Target::refuse() {
  exchange_.send_error(wire::kErrorInvalidParam, wire::kErrorInvalidParam);
}

uint32_t Target::capability() const {
  const bool observes =
      personality_.observes && std::any_of(models_.begin(), models_.end(), [](const ServedModel &model) {
        return (model.info().capabilities & AIR_CAP_PER_LAYER) != 0;
      });
  const bool is_usb = options_.generation >= kDisconnectable && options_.packet > wire::kMinPayload;
  return (observes ? uint32_t{wire::kCapObserver} : 0u) | (options_.memory ? uint32_t{wire::kCapReadWrite} : 0u) |
         (is_usb ? uint32_t{wire::kCapUsbc} : 0u) | (options_.self_test ? uint32_t{wire::kCapSelfTest} : 0u);
}

void Target::serve_sync() {
  for (ServedModel &model : models_) model.await_client();
  exchange_.set_payload(wire::kMinPayload);
  wire::Response &response = exchange_.blank(wire::Payload::Sync, wire::kStateIdle);
  response.sync.version = options_.generation >= kDisconnectable ? wire::kVersion32 : wire::kVersion31;
  response.sync.capability = capability();
  response.sync.rtid = personality_.rtid;
  exchange_.send(response);
}

void Target::serve_sys_info() {
  const bool negotiates = options_.packet != wire::kMinPayload;
  wire::Response &response = exchange_.blank(wire::Payload::SysInfo, wire::kStateIdle);
  response.sinfo = {.devid = personality_.devid,
                    .sclock = personality_.sclock,
                    .hclock = personality_.hclock,
                    .cache = personality_.cache,
                    .com_param = negotiates ? options_.packet : 0,
                    .extra = {personality_.extra.begin(), personality_.extra.end()}};
  exchange_.send(response);
  if (negotiates) exchange_.set_payload(options_.packet);
}

ServedModel *Target::find_model(const std::string &name) {
  const auto found =
      std::find_if(models_.begin(), models_.end(), [&](const ServedModel &model) { return model.name() == name; });
  return found == models_.end() ? nullptr : &*found;
}

void Target::serve_network_info(const wire::Request &request) {
  const ServedModel *model = nullptr;
  if (!request.name.empty()) {
    model = find_model(request.name);
  } else if (request.param < models_.size()) {
    model = &models_[request.param];
  }
  if (model == nullptr) return refuse();
  if (personality_.is_neural_art) log_configuration(exchange_, personality_);
  wire::Response &response = exchange_.blank(wire::Payload::ModelInfo, wire::kStateIdle);
  response.minfo = model->description();
  exchange_.send(response);
}

void Target::serve_network_run(const wire::Request &request) {
  ServedModel *model = find_model(request.name);
  if (model == nullptr) return refuse();
  NetworkRun(exchange_, *model, personality_, shutdown_).serve(request);
}

}  // namespace air::server
