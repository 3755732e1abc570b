// SPDX-License-Identifier: BSD-3-Clause
// What a target is and which models it holds.
#include "aivalidation/link/discovery.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "aivalidation/link/legacy_2x.h"
#include "common/error.h"
#include "wire/names.h"

namespace air::aivalidation {
namespace {

constexpr uint32_t kMostModels = 64;
constexpr uint32_t kNewestMinor = 2;  // of protocol 3

enum class Reply { kModel, kNotInitialized, kEnd };

Reply read_model(Link &link, const HostLog &log, const Limits &limits, uint32_t index, const wire::Sync &sync,
                 FoundModel &model) {
  const bool legacy = is_legacy(sync);
  Command command(link, log, {.cmd = wire::kCmdNetworkInfo, .param = index}, "sending NETWORK_INFO");
  const wire::Payload expected = legacy ? wire::Payload::NetworkInfo : wire::Payload::ModelInfo;
  const wire::Response &response = command.next({limits.network_info, "waiting for the reply to NETWORK_INFO"});
  if (response.payload == wire::Payload::Ack && response.state == wire::kStateError) {
    command.finish();
    return response.ack.error == wire::kErrorGeneric ? Reply::kNotInitialized : Reply::kEnd;
  }
  command.check(response, expected, wire::kStateIdle);
  command.finish();
  model = {.info = legacy ? model_info_2x(response.ninfo, sync) : response.minfo,
           .config = command.config(),
           .legacy = legacy ? std::optional(response.ninfo) : std::nullopt};
  return Reply::kModel;
}

}  // namespace

bool is_legacy(const wire::Sync &sync) {
  return sync.version >> 8 == 2;
}

void check_version(const wire::Sync &sync, const std::string &place) {
  const uint32_t major = sync.version >> 8;
  const uint32_t minor = sync.version & 0xFF;
  if (major == 2 || (major == 3 && minor <= kNewestMinor)) return;
  fail(AIR_ERROR_INCOMPATIBLE, "COM Protocol is not supported: {}.{}, expected 2.0 to 2.2 or 3.0 to 3.{}: {} needs {}",
       major, minor, kNewestMinor, place, major > 3 || (major == 3) ? "a newer airunner" : "newer firmware");
}

wire::SysInfo read_sys_info(Link &link, const HostLog &log, const Limits &limits) {
  Command command(link, log, {.cmd = wire::kCmdSysInfo}, "sending SYS_INFO");
  wire::SysInfo info =
      command.expect(wire::Payload::SysInfo, wire::kStateIdle, {limits.sys_info, "waiting for the reply to SYS_INFO"})
          .sinfo;
  const wire::Framing offered{link.framing().flavour, info.com_param};
  if (info.com_param != 0) {
    if (!offered.valid()) {
      fail(AIR_ERROR_PROTOCOL, "{} announces packets of {} bytes, expected {} to {}", link.name(), info.com_param,
           wire::kMinPayload, wire::kMaxPayload);
    }
    link.set_payload(info.com_param);
  }
  command.finish();
  return info;
}

std::vector<FoundModel> find_models(Link &link, const HostLog &log, const Limits &limits, const wire::Sync &sync) {
  std::vector<FoundModel> models;
  std::vector<uint32_t> not_initialized;
  for (uint32_t index = 0; index < kMostModels; ++index) {
    FoundModel model;
    const Reply reply = read_model(link, log, limits, index, sync, model);
    if (reply == Reply::kEnd) break;
    if (reply == Reply::kNotInitialized) {
      not_initialized.push_back(index);
    } else if (std::ranges::any_of(models, [&](const auto &other) { return other.name() == model.name(); })) {
      log.write(AIR_LOG_ERROR,
                "model {} of {} cannot be used: it is called {} like one before, and a target runs models by name",
                index, link.name(), model.name());
    } else {
      models.push_back(std::move(model));
    }
  }
  if (!models.empty()) {
    for (const uint32_t index : not_initialized)
      log.write(AIR_LOG_ERROR, "model {} of {} cannot be used: it is not initialized", index, link.name());
    return models;
  }
  if (!not_initialized.empty()) {
    fail(AIR_ERROR_NOT_INITIALIZED, "Model for {} is not initialized ({}): the target knows it but cannot run it",
         not_initialized.front(), wire::runtime_name(sync.rtid.value_or(wire::kRuntimeStAi)));
  }
  fail(AIR_ERROR_NOT_FOUND, "the target at {} holds no model: was one added to the firmware?", link.name());
}

}  // namespace air::aivalidation
