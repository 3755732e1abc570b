// SPDX-License-Identifier: BSD-3-Clause
// Shapes of outputs that only a run tells.
#include "onnxruntime/probe.h"

#include <cstring>
#include <set>

#include "common/error.h"
#include "common/memory_size.h"
#include "runtime/tensor.h"

namespace air::ort {

using runtime::Shape;

namespace {

template <class Element>
void fill(std::vector<std::byte> &bytes, Element one) {
  for (size_t at = 0; at + sizeof(one) <= bytes.size(); at += sizeof(one)) {
    std::memcpy(bytes.data() + at, &one, sizeof(one));
  }
}

void fill_for_probe(air_dtype dtype, int64_t integer, std::vector<std::byte> &bytes) {
  switch (dtype) {
    case AIR_DTYPE_FLOAT32:
      return fill(bytes, 1.0F);
    case AIR_DTYPE_FLOAT64:
      return fill(bytes, 1.0);
    case AIR_DTYPE_FLOAT16:
      return fill(bytes, uint16_t{0x3C00});
    case AIR_DTYPE_BFLOAT16:
      return fill(bytes, uint16_t{0x3F80});
    case AIR_DTYPE_FLOAT8_E4M3:
      return fill(bytes, uint8_t{0x38});
    case AIR_DTYPE_FLOAT8_E5M2:
      return fill(bytes, uint8_t{0x3C});
    case AIR_DTYPE_INT4:
    case AIR_DTYPE_UINT4:
      return fill(bytes, uint8_t{0x11});
    case AIR_DTYPE_INT16:
    case AIR_DTYPE_UINT16:
      return fill(bytes, uint16_t{1});
    case AIR_DTYPE_UINT32:
      return fill(bytes, uint32_t{1});
    case AIR_DTYPE_UINT64:
      return fill(bytes, uint64_t{1});
    case AIR_DTYPE_INT32:
      return fill(bytes, static_cast<int32_t>(integer));
    case AIR_DTYPE_INT64:
      return fill(bytes, integer);
    default:
      return fill(bytes, uint8_t{1});
  }
}

// All elements are 1, those of integers that may be sizes or choices `integer`.
std::vector<Shape> probe_with(const ProbeContext &context, Session &session, const std::vector<Shape> &input_shapes,
                              int64_t integer) {
  std::vector<std::vector<std::byte>> memory;
  std::vector<OwnedValue> owners;
  std::vector<OrtValue *> values;
  for (size_t i = 0; i < session.inputs().size(); ++i) {
    const ONNXTensorElementDataType type = session.inputs()[i].element_type;
    const uint64_t size = runtime::size_of(dtype_of_element(type), input_shapes[i]).value_or(0);
    std::vector<std::byte> &bytes = memory.emplace_back(memory_size(std::max<uint64_t>(size, 1)));
    fill_for_probe(dtype_of_element(type), integer, bytes);
    owners.push_back(tensor_over(context.api, context.memory, bytes.data(), size, input_shapes[i], type));
    values.push_back(owners.back().get());
  }
  std::vector<OrtValue *> made(session.outputs().size(), nullptr);
  owners.reserve(owners.size() + made.size());  // what a run has made is owned at once
  session.run(context.run_options, values, made);
  for (OrtValue *value : made) owners.emplace_back(context.api, &OrtApi::ReleaseValue, value);
  std::vector<Shape> shapes;
  for (size_t i = 0; i < made.size(); ++i) {
    shapes.push_back(view_of(context.api, made[i], session.outputs()[i].element_type).shape);
  }
  return shapes;
}

// Positive constants of one integer, which inputs may be compared with.
std::set<int64_t> known_integers(const ModelFile &file) {
  constexpr size_t kMost = 16;
  std::set<int64_t> found;
  for (const auto &[ignored, constant] : file.constants) {
    const std::optional<int64_t> value = constant.as_integer();
    if (value && *value > 1 && *value <= INT32_MAX && found.size() < kMost) found.insert(*value);
  }
  return found;
}

}  // namespace

// Ones, because a division by zero of integers ends the process. Where they do not suit, an integer may choose a branch: then it is one
// that the graph knows.
std::vector<Shape> probe_outputs(const ProbeContext &context, Session &session,
                                 const std::vector<Shape> &input_shapes) {
  try {
    return probe_with(context, session, input_shapes, 1);
  } catch (const Error &error) {
    if (error.status() == AIR_ERROR_NO_MEMORY) throw;
    for (const int64_t integer : known_integers(context.file)) {
      try {
        return probe_with(context, session, input_shapes, integer);
      } catch (const Error &) {  // another integer may suit
      }
    }
    throw;
  }
}

}  // namespace air::ort
