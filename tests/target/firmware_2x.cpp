// SPDX-License-Identifier: BSD-3-Clause
// The target's commands in protocol 2.x, from appendix A of the protocol alone: every node, report and log is acknowledged.
#include <chrono>

#include "firmware.h"
#include "wire/constants.h"
#include "wire/decode.h"

namespace air::test {
namespace {

constexpr uint32_t kOldFloat = 0x01821040;

}  // namespace

wire::BufferShape Firmware::shape_2x() const {
  wire::BufferShape shape;
  shape.format = kOldFloat;
  shape.n_batches = shape.height = shape.width = 1;
  shape.channels = options_.n_elements;
  return shape;
}

void Firmware::info_2x(const wire::Request &request) {
  if (request.param != 0) {
    send_ack(request, wire::kStateError, wire::kErrorInvalidParam, wire::kErrorInvalidParam);
    return;
  }
  wire::Response response = reply_to(request, wire::Payload::NetworkInfo, wire::kStateIdle);
  wire::NetworkInfo &info = response.ninfo;
  info.model_name = "network";
  info.model_signature = "0123456789abcdef";
  info.compile_datetime = "Jan  1 2021 00:00:00";
  info.runtime_version = 0x07000000;
  info.tool_version = 0x07010000;
  info.tool_revision = options_.tool_2x;
  info.api_version = 0x01020000;
  info.tool_api_version = options_.tool_2x.empty() ? 0x01040000 : info.api_version;
  info.n_macc = 1234;
  info.n_inputs = info.n_outputs = 1;
  info.n_nodes = options_.n_nodes;
  info.inputs = info.outputs = {shape_2x()};
  info.activations = info.weights = shape_2x();
  info.activations.channels = 512;
  info.weights.channels = 2048;
  send(response);
}

void Firmware::send_acknowledged(wire::Response &response) {
  send(response);
  read_message();
}

void Firmware::run_2x(const wire::Request &request) {
  const uint32_t size = options_.n_elements * 4;
  send_ack(request, wire::kStateWaiting, options_.n_elements);
  const std::vector<std::byte> message = read_message();
  wire::Decoder decoder;
  wire::Buffer2x input;
  if (decoder.decode(message, input) != wire::DecodeStatus::Ok || input.datas.size() != size) {
    send_ack(request, wire::kStateError, static_cast<uint32_t>(input.datas.size()), wire::kErrorInvalidSize);
    return;
  }
  if (input.shape != shape_2x()) {
    send_ack(request, wire::kStateError, 0, wire::kErrorInvalidShape);
    return;
  }
  send_ack(request, wire::kStateProcessing, options_.n_elements);
  read_message();
  const bool observed = request.param != wire::kRun2xNormal;
  for (uint32_t node = 0; observed && node < options_.n_nodes; ++node) {
    wire::Response response = reply_to(request, wire::Payload::Node2x, wire::kStateProcessing);
    const uint32_t what = node + 1 == options_.n_nodes ? wire::kNode2xInternalLast : wire::kNode2xInternal;
    response.node = {
        .type = what << wire::kNode2xShift | 0x104, .id = node + 10, .duration = 1.5F, .buffer = {shape_2x(), {}}};
    if (request.param == wire::kRun2xInspectorWithData) response.node.buffer.datas = input.datas;
    send_acknowledged(response);
  }
  if (observed) {
    wire::Response report = reply_to(request, wire::Payload::RunReport, wire::kStateProcessing);
    report.report.n_nodes = options_.n_nodes;
    send_acknowledged(report);
  }
  wire::Response output = reply_to(request, wire::Payload::Node2x, wire::kStateDone);
  output.node = {.type = wire::kNode2xOutput, .id = 0, .duration = 4.0F, .buffer = {shape_2x(), input.datas}};
  send(output);
}

}  // namespace air::test
