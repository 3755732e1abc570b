// SPDX-License-Identifier: BSD-3-Clause
// One connection to a target: its link, its models, and what may be done with them when.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "airunner_backend.h"
#include "channel.h"
#include "descriptor.h"
#include "interrupt.h"
#include "limits.h"
#include "link.h"
#include "model.h"
#include "plugin/log.h"
#include "run.h"

namespace air::target {

class Target {
 public:
  Target(const air_host &host, const air_connect_request &request);
  ~Target();
  Target(const Target &) = delete;
  Target &operator=(const Target &) = delete;

  const air_connection_info &info() const { return info_; }

  void run(uint32_t model, const air_run &run);
  void ping();
  void reconnect();
  void read_memory(uint64_t address, std::span<std::byte> data);
  void write_memory(uint64_t address, std::span<const std::byte> data);
  uint32_t checksum_memory(uint64_t address, uint64_t size);
  uint32_t self_test(uint32_t test, uint32_t extra, uint32_t option);

  // Ends the call in progress. Any thread, also from a signal handler.
  void cancel() noexcept { interrupt_.cancel(); }
  // What was being done when a call was interrupted.
  const char *doing() const { return link_ ? link_->doing() : "connecting"; }

 private:
  template <class Work>
  auto use_link(const Work &work);
  std::vector<FoundModel> open();
  void ready();
  void synchronise();
  void leave() noexcept;
  void add_models(std::vector<FoundModel> found);
  void add_model(FoundModel found);
  void require(uint32_t capability, const char *what) const;

  const air_host &host_;
  HostLog log_;
  Interrupt interrupt_;
  Descriptor descriptor_;
  Limits limits_;
  uint32_t connect_limit_ms_;
  std::unique_ptr<Link> link_;
  bool writing_memory_ = false;  // the target may take for memory whatever it is sent
  wire::Sync sync_;
  wire::SysInfo sys_info_;
  TargetFacts facts_;
  std::vector<std::unique_ptr<Model>> models_;
  std::map<std::string, Error> unusable_;  // models of the target that cannot be used, by name
  std::vector<const air_model_info *> model_views_;
  std::string text_;  // canonical descriptor
  air_connection_info info_{};
  RunMemory memory_;
};

}  // namespace air::target
