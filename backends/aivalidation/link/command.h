// SPDX-License-Identifier: BSD-3-Clause
// One command of the protocol: a request and the messages that belong to it. Logs of the target are answered and passed on by the way.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "aivalidation/link/link.h"
#include "plugin/log.h"
#include "wire/messages.h"

namespace air::aivalidation {

class Command {
 public:
  // Sends the request, on a synchronised link. Until finish() the link counts as not synchronised.
  Command(Link &link, const HostLog &log, wire::Request request, const char *doing);

  // The next message that is no log, with the id of the request. Valid until the next call.
  const wire::Response &next(const Wait &wait);
  // The same, of this kind and state; otherwise throws what came instead. An error reply ends the command and leaves the link usable.
  const wire::Response &expect(wire::Payload payload, uint32_t state, const Wait &wait);
  void check(const wire::Response &response, wire::Payload payload, uint32_t state);

  void send(const wire::Data &data, const char *doing);
  void send(const wire::Buffer2x &buffer, const char *doing);
  void acknowledge(const char *doing);

  // The target is idle again.
  void finish() { link_.set_synchronised(true); }

  // Statistics that came since the last call, one a line.
  std::string take_statistics();
  // "npu_freq:1000000000", in order of arrival.
  const std::vector<std::string> &config() const { return config_; }

 private:
  void take_log(const wire::Log &log);
  [[noreturn]] void fail_target(const wire::Response &response, wire::Payload expected);

  Link &link_;
  const HostLog &log_;
  uint32_t id_;
  std::vector<std::byte> head_;  // encoded message
  std::vector<std::string> config_;
  std::string statistics_;
  std::string last_log_;  // often tells why an error follows
};

// "E_INVALID_SIZE"; "code 42" for others.
std::string target_error_name(uint32_t error);

}  // namespace air::aivalidation
