// SPDX-License-Identifier: BSD-3-Clause
// One connection to a target.
#include "aivalidation/target.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <utility>

#include "aivalidation/channel/ports.h"
#include "aivalidation/link/discovery.h"
#include "aivalidation/link/legacy_2x.h"
#include "aivalidation/link/memory.h"
#include "aivalidation/link/self_test.h"
#include "common/memory_size.h"
#include "platform/libraries/shared_library.h"
#include "platform/ports/serial_port_users.h"
#include "wire/names.h"

namespace air::aivalidation {
namespace {

constexpr size_t kLargestMessage = size_t{64} << 20;
constexpr size_t kMessageMargin = size_t{64} * 1024;  // what is around the data of a tensor
constexpr uint32_t kLeaveMs = 1'000;

std::string transport_text(const Descriptor &descriptor) {
  if (descriptor.kind == Descriptor::Kind::kSerial) return fmt::format("Serial driver v1.0 - {}", descriptor.place());
  const bool is_rfc2217 = descriptor.kind == Descriptor::Kind::kRfc2217;
  return fmt::format("{}:{}", is_rfc2217 ? "RFC2217" : "SOCKET", descriptor.place());
}

uint32_t address32(uint64_t address, uint64_t size) {
  if (address <= UINT32_MAX && size <= UINT32_MAX && address + size <= uint64_t{UINT32_MAX} + 1) {
    return static_cast<uint32_t>(address);
  }
  fail(AIR_ERROR_INVALID_ARGUMENT, "{} bytes at 0x{:x} are beyond the 32-bit addresses of a target", size, address);
}

}  // namespace

Target::Target(const backend::Request &request, const Descriptor &descriptor)
    : log_(request.log()),
      descriptor_(descriptor),
      limits_(Limits::make(descriptor.reply_timeout_ms)),
      connect_limit_ms_(request.c().timeout_ms != 0 ? request.c().timeout_ms : limits_.connect),
      largest_message_(kLargestMessage) {}

// Where this fails the object is there already: its end leaves the target in order.
Target::Target(const backend::Request &request) : Target(request, parse_descriptor(request)) {
  if (!request.weights().empty()) fail(AIR_ERROR_UNSUPPORTED, "a target has its weights in its own memory: give none");
  if (descriptor_.kind == Descriptor::Kind::kSerial && descriptor_.device.empty()) {
    descriptor_.device = choose_port(find_ports(), descriptor_.baud);
  }
  interrupt_.begin(request.c().check, request.c().sink);
  interrupt_.limit(connect_limit_ms_);
  add_models(open());
  if (const auto name = request.model_name()) require_model(*name);
  if (descriptor_.counters != 0) require_counters();
}

void Target::require_model(const std::string &name) const {
  if (const auto known = unusable_.find(name); known != unusable_.end()) throw Error(known->second);
  std::vector<std::string> names;
  for (const auto &model : models_) names.push_back(model->name());
  if (std::ranges::find(names, name) != names.end()) return;
  fail(AIR_ERROR_NOT_FOUND, "Invalid requested model name: {}; {} has: {}", name, descriptor_.place(),
       fmt::join(names, ", "));
}

void Target::require_counters() const {
  for (const auto &model : models_) {
    if (model->has_npu_counters()) continue;
    fail(
        AIR_ERROR_UNSUPPORTED,
        "option counters={} has no effect on model '{}' of {}, whose runtime is {}: only the NPU of an STM32N6 counts; "
        "leave it out",
        counters_text(descriptor_.counters), model->name(), descriptor_.place(),
        wire::runtime_name(model->found().info.rtid));
  }
  require(AIR_CAP_PER_LAYER, "reports of single nodes, which option counters needs");
}

Target::~Target() {
  interrupt_.begin();
  leave();
}

// Runs a piece of work on the link. When the link breaks, it is given up; errors of waiting tell what for.
template <class Work>
auto Target::use_link(const Work &work) {
  try {
    return work();
  } catch (const backend::Recorded &) {
    backend::host().add_cause(fmt::format("this was while {}", doing()).c_str());
    throw;
  } catch (const Error &error) {
    const air_status status = error.status();
    if (status != AIR_ERROR_LINK_LOST && status != AIR_ERROR_CANCELLED) throw;
    const std::string text = fmt::format("{} while {}", error.what(), doing());
    Error told(status, text, error.vendor_code(), error.causes());
    if (status == AIR_ERROR_LINK_LOST) {
      link_.reset();
      if (board_ != nullptr) name_reasons(told);
    }
    throw told;
  }
}

std::unique_ptr<Channel> Target::open_channel() {
  switch (descriptor_.kind) {
    case Descriptor::Kind::kSerial:
      return open_serial(descriptor_, interrupt_, log_);
    case Descriptor::Kind::kRfc2217:
      return open_rfc2217(descriptor_, interrupt_, log_);
    case Descriptor::Kind::kBoard: {
      board_.reset();  // one that is started anew is what a reset is to others
      const std::filesystem::path images = boards::image_folder(own_library());
      board_ = std::make_unique<boards::Board>(boards::find_image(descriptor_.device, images),
                                               [this] { interrupt_.check(); });
      descriptor_.host = "127.0.0.1";
      descriptor_.port = board_->port();
      return open_tcp(descriptor_, interrupt_);
    }
    default:
      return open_tcp(descriptor_, interrupt_);
  }
}

// Somebody who reads along takes away what the target answers.
void Target::name_reasons(Error &error) const {
  if (board_ != nullptr) {
    const std::string complaint = board_->complaint();
    if (!complaint.empty()) error.add_cause(complaint);
    return;
  }
  if (descriptor_.kind != Descriptor::Kind::kSerial && error.status() == AIR_ERROR_LINK_LOST) {
    error.add_cause("a target serves one client at a time: is another one connected?");
  }
  const bool silent = error.status() == AIR_ERROR_NO_ANSWER || error.status() == AIR_ERROR_PROTOCOL;
  if (descriptor_.kind != Descriptor::Kind::kSerial || !silent) return;
  const std::string users = port_users(descriptor_.device);
  if (!users.empty()) error.add_cause(fmt::format("{} is also open in {}", descriptor_.device, users));
}

// Opens the channel and finds out everything about the target.
std::vector<FoundModel> Target::open() {
  link_ = std::make_unique<Link>(open_channel(), limits_, log_);
  link_->set_message_limit(largest_message_);
  if (descriptor_.ahead != 0) link_->send_ahead_of_syncs(descriptor_.ahead);
  if (descriptor_.variant) link_->set_flavour(*descriptor_.variant);
  try {
    return use_link([this] {
      synchronise();
      return find_models(*link_, log_, limits_, sync_);
    });
  } catch (Error &error) {
    leave();
    name_reasons(error);
    throw;
  } catch (...) {
    leave();
    throw;
  }
}

// Brings the target to idle, and agrees on the size of packets.
void Target::synchronise() {
  sync_ = link_->synchronise(descriptor_.packet, !writing_memory_);
  writing_memory_ = false;
  check_version(sync_, descriptor_.place());
  sys_info_ = read_sys_info(*link_, log_, limits_);
}

// At the begin of each call: the link is there, and the target listens.
void Target::ready() {
  if (link_ == nullptr) {
    fail(AIR_ERROR_NOT_CONNECTED, "there is no connection to {} any more: air_reconnect() restores it",
         descriptor_.place());
  }
  if (link_->synchronised() && link_->is_quiet()) return;
  if (writing_memory_) {
    link_.reset();
    fail(AIR_ERROR_NOT_CONNECTED,
         "a memory write of {} was broken off: what is sent now could end in its memory; reset it, then reconnect",
         descriptor_.place());
  }
  log_.write(AIR_LOG_INFO, "{}: bringing the target back to idle", descriptor_.place());
  synchronise();
}

// Leaves the target at idle with packets of 32 bytes, so that any client can be next. A call that is cancelled has no time for that.
void Target::leave() noexcept {
  if (link_ == nullptr) return;
  const bool at_home = link_->synchronised() && link_->framing().payload == wire::kMinPayload;
  try {
    interrupt_.limit(kLeaveMs);
    if (!at_home && !writing_memory_ && link_->flavour_known()) link_->synchronise(0, true);
  } catch (...) {
    // The next client has to cope with it.
  }
  link_.reset();
}

// One of several models that cannot be used does not take the others with it.
void Target::add_model(FoundModel found, const TargetFacts &facts) {
  const std::string name = found.name();
  try {
    auto model = std::make_unique<Model>(std::move(found), facts.sys_info);
    descriptions_.push_back(model->describe(facts));
    models_.push_back(std::move(model));
  } catch (const Error &error) {
    unusable_.emplace(name, error);
    log_.write(AIR_LOG_ERROR, "model '{}' cannot be used: {}", name, error.what());
  }
}

void Target::add_models(std::vector<FoundModel> found) {
  const uint32_t known = is_legacy(sync_) ? capabilities_2x(sync_.capability) : wire::capabilities(sync_.capability);
  capabilities_ = known | AIR_CAP_CANCEL_RUN;
  const TargetFacts facts = {.capabilities = capabilities_,
                             .sys_info = sys_info_,
                             .protocol = fmt::format("Proto-buffer driver v2.1 (msg v{}.{}) ({})", sync_.version >> 8,
                                                     sync_.version & 0xFF, transport_text(descriptor_))};
  for (FoundModel &model : found) add_model(std::move(model), facts);
  if (models_.empty()) throw Error(unusable_.begin()->second);
  for (const auto &model : models_) {
    for (const TensorInfo &output : model->outputs()) {
      largest_message_ = std::max(largest_message_, memory_size(output.size_bytes + kMessageMargin));
    }
  }
  link_->set_message_limit(largest_message_);
}

void Target::run(uint32_t index, backend::Run &run) {
  interrupt_.begin(run.c().check, run.c().sink);
  use_link([&] {
    ready();
    run_model({log_, limits_, *link_, halves_, descriptor_.counters}, *models_.at(index), run);
  });
}

void Target::ping() {
  interrupt_.begin();
  use_link([this] {
    ready();
    synchronise();
  });
}

void Target::reconnect() {
  interrupt_.begin();
  leave();
  interrupt_.limit(connect_limit_ms_);
  std::vector<FoundModel> found = open();
  std::erase_if(found, [this](const FoundModel &other) { return unusable_.contains(other.name()); });
  const bool same = std::equal(models_.begin(), models_.end(), found.begin(), found.end(),
                               [](const auto &model, const FoundModel &other) { return model->same_as(other); });
  for (const auto &model : models_) model->nodes().unsettle();
  if (same) return;
  leave();
  fail(AIR_ERROR_INCOMPATIBLE, "{} offers other models than before: connect anew", descriptor_.place());
}

void Target::require(uint32_t capability, const char *what) const {
  if ((capabilities_ & capability) != 0) return;
  const bool says_nothing = !is_legacy(sync_) || (capability == AIR_CAP_SELF_TEST && !has_self_tests_2x(sync_));
  if (says_nothing) {
    fail(AIR_ERROR_UNSUPPORTED, "the firmware of {} was built without {}", descriptor_.place(), what);
  }
  fail(AIR_ERROR_UNSUPPORTED, "{} are unsupported with protocol {}.{}, which {} speaks: they take firmware of 3.x",
       what, sync_.version >> 8, sync_.version & 0xFF, descriptor_.place());
}

void Target::memory_read(uint64_t address, void *data, uint64_t size) {
  require(AIR_CAP_MEMORY_RW, "memory services");
  const uint32_t from = address32(address, size);
  interrupt_.begin();
  use_link([&] {
    ready();
    read_memory(*link_, log_, limits_, from, {static_cast<std::byte *>(data), static_cast<size_t>(size)});
  });
}

void Target::memory_write(uint64_t address, const void *data, uint64_t size) {
  require(AIR_CAP_MEMORY_RW, "memory services");
  const uint32_t from = address32(address, size);
  interrupt_.begin();
  use_link([&] {
    ready();
    write_memory(*link_, log_, limits_, from, {static_cast<const std::byte *>(data), static_cast<size_t>(size)},
                 writing_memory_);
  });
}

uint32_t Target::memory_checksum(uint64_t address, uint64_t size) {
  require(AIR_CAP_MEMORY_RW, "memory services");
  const uint32_t from = address32(address, size);
  interrupt_.begin();
  return use_link([&] {
    ready();
    return checksum_memory(*link_, log_, limits_, from, static_cast<uint32_t>(size));
  });
}

uint32_t Target::self_test(uint32_t test, uint32_t extra, uint32_t option) {
  require(AIR_CAP_SELF_TEST, "self tests");
  if (test > UINT16_MAX || extra > UINT16_MAX) {
    fail(AIR_ERROR_INVALID_ARGUMENT, "self test {} with {}: numbers go up to {}", test, extra, UINT16_MAX);
  }
  interrupt_.begin();
  return use_link([&] {
    ready();
    return run_self_test(*link_, log_, limits_, test, extra, option);
  });
}

void Target::scan(const backend::Scan &scan) {
  for (const Port &port : find_ports()) {
    scan.check();
    if (!port.is_st()) continue;
    scan.found(fmt::format("serial:{}:{}", port.device, kDefaultBaud), port.description, port.properties);
  }
}

}  // namespace air::aivalidation
