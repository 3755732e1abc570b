// SPDX-License-Identifier: BSD-3-Clause
// One inference asked for over the wire: inputs in, nodes as they are executed, outputs back.
#pragma once

#include <cstddef>
#include <exception>
#include <vector>

#include "common/values.h"
#include "server/exchange.h"
#include "server/models/personality.h"
#include "server/models/served_model.h"
#include "server/shutdown.h"

namespace air::server {

class NetworkRun {
 public:
  NetworkRun(Exchange &exchange, ServedModel &model, const Personality &personality, const Shutdown &shutdown);

  // Answers kCmdNetworkRun.
  void serve(const wire::Request &request);

 private:
  bool has(uint32_t bit) const { return (param_ & bit) != 0; }
  void debug(std::string_view text);
  bool receive_inputs();
  uint32_t bytes_wanted(size_t input) const;
  uint64_t receive_input(size_t input, uint32_t wanted);
  HeldResult invoke();
  air_status run_model(HeldResult &result);
  void restore_connection(const std::string &why);
  void send_node(const air_node_event &event);
  void send_operator(const air_node_event &event, const std::vector<wire::TensorDesc> &tensors);
  void send_tensor(const wire::TensorDesc &desc, wire::Bytes bytes, uint32_t flags, uint32_t state);
  void send_total(const air_result &result);
  void send_outputs(const air_result &result);
  wire::Bytes output(const air_result &result, uint32_t index);
  void count_cycles(double ms, wire::Operator &op) const;

  static air_action on_node_begin(void *self, const air_node_event *event) noexcept;
  static air_action on_node_end(void *self, const air_node_event *event) noexcept;
  template <typename Work>
  air_action guarded(Work work) noexcept;

  Exchange &exchange_;
  ServedModel &model_;
  const Personality &personality_;
  const Shutdown &shutdown_;
  uint32_t param_ = 0;
  uint32_t option_ = 0;
  bool observed_ = false;
  std::exception_ptr failure_;     // of a callback: it must not cross the C ABI
  std::vector<std::byte> halves_;  // float32 elements as float16
};

}  // namespace air::server
