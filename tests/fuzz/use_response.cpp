// SPDX-License-Identifier: BSD-3-Clause
// Meaning and round trip of decoded messages.
#include "use_response.h"

#include <vector>

#include "common/dtype.h"
#include "common/shape.h"
#include "fuzz_target.h"
#include "wire/counters.h"
#include "wire/device.h"
#include "wire/encode.h"
#include "wire/format.h"
#include "wire/names.h"
#include "wire/runtime.h"
#include "wire/shape.h"
#include "wire/statistics.h"

namespace air::wire {
namespace {

void use(const TensorDesc &desc) {
  clean_text(without_undefined(desc.name));
  const auto shape = canonical_shape(desc.n_dims, desc.dims);
  const auto type = decode_format(desc.format);
  if (!shape || !type) return;
  require(encode_format(*type) != 0, "a type that decodes has a word");
  wrap_zero_point(desc.zeropoint, type->dtype);
  actual_type(*type, desc.size, desc.size);
  consistent(desc.size, *shape);
  const Shape storage = storage_shape(*shape, type->encoding);
  const auto logical_count = element_count(*shape);
  const auto storage_count = element_count(storage);
  require(!logical_count || (storage_count && *storage_count <= *logical_count), "packing never adds elements");
  for (uint32_t kind = 0; kind <= 6; ++kind) {
    const auto wire = wire_shape(kind, kShapeHasBatch, *shape);
    if (wire) require(canonical_shape(wire->n_dims, wire->dims) == shape, "shapes survive the wire");
  }
}

void use(const ModelInfo &info) {
  runtime_name(info.rtid);
  runtime_description(info.rtid, info.runtime_version, info.runtime_desc);
  for (const auto *descs : {&info.inputs, &info.outputs, &info.activations, &info.params}) {
    for (const TensorDesc &desc : *descs) use(desc);
  }
}

void use(const Operator &op) {
  std::vector<uint64_t> values;
  decode_counters(op.counter_type, op.counters, values);
  for (const uint32_t runtime : {0u, 1u, 2u, 4u, 6u}) {
    operator_description(runtime, op.id, op.type);
    node_name(runtime, op.name, op.id, op.id);
    node_tensor_name(runtime, op.name, op.id, 0);
    counter_type_name(runtime, op.counter_type);
  }
}

bool same(Bytes a, Bytes b) {
  return std::vector(a.begin(), a.end()) == std::vector(b.begin(), b.end());
}

}  // namespace

void use_response(const Response &response) {
  switch (response.payload) {
    case Payload::ModelInfo:
      use(response.minfo);
      break;
    case Payload::Operator:
      use(response.op);
      break;
    case Payload::Tensor:
      use(response.tensor.desc);
      break;
    case Payload::SysInfo:
      device_description(response.sinfo);
      device_attributes(response.sinfo, {});
      break;
    case Payload::Log: {
      const Statistic statistic = parse_statistic(response.log.str);
      const std::string config[] = {std::string(statistic.text)};
      device_attributes({0x486, 0, 0, 0, 0, {}}, config);
      clean_text(response.log.str);
      break;
    }
    default:
      break;
  }
}

void check_round_trip(Decoder &decoder, const Response &response, Flavour flavour) {
  std::vector<std::byte> head;
  const Scatter scatter = encode(response, flavour, head);
  std::vector<std::byte> message(scatter.head.begin(), scatter.head.end());
  message.insert(message.end(), scatter.tail.begin(), scatter.tail.end());
  Response again;
  const DecodeStatus status = decoder.decode(message, flavour, again);
  // Fields written although they were missing may lift a description at the limit above it.
  if (status == DecodeStatus::TooLong) return;
  require(status == DecodeStatus::Ok, "an encoded message decodes");
  require(again.payload == response.payload, "the payload survives");
  // Not a number differs from itself: compare bytes.
  std::vector<std::byte> head_again;
  const Scatter scatter_again = encode(again, flavour, head_again);
  require(same(scatter.head, scatter_again.head) && same(scatter.tail, scatter_again.tail), "the message survives");
}

}  // namespace air::wire
