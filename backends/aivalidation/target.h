// SPDX-License-Identifier: BSD-3-Clause
// One connection to a target: its link, its models, and what may be done with them when.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "airunner_backend.hpp"
#include "aivalidation/channel/channel.h"
#include "aivalidation/descriptor.h"
#include "aivalidation/link/interrupt.h"
#include "aivalidation/link/limits.h"
#include "aivalidation/link/link.h"
#include "aivalidation/model/model.h"
#include "boards/board.h"
#include "plugin/log.h"

namespace air::aivalidation {

class Target {
 public:
  static const backend::Facts facts;

  explicit Target(const backend::Request &request);
  ~Target();
  Target(const Target &) = delete;
  Target &operator=(const Target &) = delete;

  const std::vector<backend::Model> &models() const { return descriptions_; }
  std::string descriptor() const { return descriptor_.text(); }

  void run(uint32_t model, backend::Run &run);
  void ping();
  void reconnect();
  void memory_read(uint64_t address, void *data, uint64_t size);
  void memory_write(uint64_t address, const void *data, uint64_t size);
  uint32_t memory_checksum(uint64_t address, uint64_t size);
  uint32_t self_test(uint32_t test, uint32_t extra, uint32_t option);

  // Ends the call in progress. Any thread.
  void cancel() noexcept { interrupt_.cancel(); }

  static const void *extension(std::string_view name);

  static uint32_t claims(const char *text) { return aivalidation::claims(text); }
  static void scan(const backend::Scan &scan);

 private:
  Target(const backend::Request &request, const Descriptor &descriptor);

  // What was being done when a call ended early.
  const char *doing() const { return link_ ? link_->doing() : "connecting"; }
  template <class Work>
  auto use_link(const Work &work);
  std::vector<FoundModel> open();
  std::unique_ptr<Channel> open_channel();
  void name_reasons(Error &error) const;
  void ready();
  void synchronise();
  void leave() noexcept;
  void add_models(std::vector<FoundModel> found);
  void add_model(FoundModel found, const TargetFacts &facts);
  void require_model(const std::string &name) const;
  void require_counters() const;
  void require(uint32_t capability, const char *what) const;

  HostLog log_;
  Interrupt interrupt_;
  Descriptor descriptor_;
  Limits limits_;
  uint32_t connect_limit_ms_;
  std::unique_ptr<boards::Board> board_;  // of `board:`
  std::unique_ptr<Link> link_;
  size_t largest_message_;
  bool writing_memory_ = false;  // the target may take for memory whatever it is sent
  wire::Sync sync_;
  wire::SysInfo sys_info_;
  uint32_t capabilities_ = 0;
  std::vector<std::unique_ptr<Model>> models_;
  std::vector<backend::Model> descriptions_;  // of models_
  std::map<std::string, Error> unusable_;     // models of the target that cannot be used, by name
  std::vector<std::byte> halves_;
};

}  // namespace air::aivalidation
