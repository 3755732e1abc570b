// SPDX-License-Identifier: BSD-3-Clause
// Tables: formats, node types by release, descriptions of tensors, error texts, options.
#include <doctest/doctest.h>

#include "common/error.h"
#include "common/node_types.h"
#include "stlib/abi/formats.h"
#include "stlib/abi/stai.h"
#include "stlib/model/format.h"
#include "stlib/model/tensor.h"
#include "stlib/model/vendor_errors.h"
#include "stlib/options.h"
#include "support.h"

namespace air::stlib::test {
namespace {

struct FormatRow {
  uint32_t word;
  air_dtype dtype;
  air_encoding encoding;
  int32_t fraction_bits;
  const char *text;
};

constexpr FormatRow kFormats[] = {
    {ST_FORMAT_FLOAT32, AIR_DTYPE_FLOAT32, AIR_ENCODING_PLAIN, 0, "FLOAT32"},
    {ST_FORMAT_FLOAT16, AIR_DTYPE_FLOAT16, AIR_ENCODING_PLAIN, 0, "FLOAT16"},
    {ST_FORMAT_FLOAT64, AIR_DTYPE_FLOAT64, AIR_ENCODING_PLAIN, 0, "FLOAT64"},
    {ST_FORMAT_U1, AIR_DTYPE_UINT32, AIR_ENCODING_PACKED_BITS, 0, "U1"},
    {ST_FORMAT_S1, AIR_DTYPE_INT32, AIR_ENCODING_PACKED_BITS, 0, "S1"},
    {ST_FORMAT_U8, AIR_DTYPE_UINT8, AIR_ENCODING_PLAIN, 0, "U8"},
    {ST_FORMAT_S8, AIR_DTYPE_INT8, AIR_ENCODING_PLAIN, 0, "S8"},
    {ST_FORMAT_U16, AIR_DTYPE_UINT16, AIR_ENCODING_PLAIN, 0, "U16"},
    {ST_FORMAT_S16, AIR_DTYPE_INT16, AIR_ENCODING_PLAIN, 0, "S16"},
    {ST_FORMAT_U32, AIR_DTYPE_UINT32, AIR_ENCODING_PLAIN, 0, "U32"},
    {ST_FORMAT_S32, AIR_DTYPE_INT32, AIR_ENCODING_PLAIN, 0, "S32"},
    {ST_FORMAT_U64, AIR_DTYPE_UINT64, AIR_ENCODING_PLAIN, 0, "U64"},
    {ST_FORMAT_S64, AIR_DTYPE_INT64, AIR_ENCODING_PLAIN, 0, "S64"},
    {ST_FORMAT_BOOL, AIR_DTYPE_BOOL, AIR_ENCODING_PLAIN, 0, "BOOL"},
    {ST_FORMAT_Q7, AIR_DTYPE_INT8, AIR_ENCODING_FIXED_POINT, 7, "Q7"},
    {ST_FORMAT_UQ7, AIR_DTYPE_UINT8, AIR_ENCODING_FIXED_POINT, 7, "UQ1.7"},
    {ST_FORMAT_Q15, AIR_DTYPE_INT16, AIR_ENCODING_FIXED_POINT, 15, "Q15"},
    {ST_FORMAT_UQ15, AIR_DTYPE_UINT16, AIR_ENCODING_FIXED_POINT, 15, "UQ1.15"},
    {ST_FORMAT_Q31, AIR_DTYPE_INT32, AIR_ENCODING_FIXED_POINT, 31, "Q31"},
    {0x0084084bu, AIR_DTYPE_INT16, AIR_ENCODING_FIXED_POINT, 11, "Q4.11"},
    {0x00040848u, AIR_DTYPE_UINT16, AIR_ENCODING_FIXED_POINT, 8, "UQ8.8"},
    {0x009e083bu, AIR_DTYPE_INT16, AIR_ENCODING_FIXED_POINT, -5, "Q20.-5"},
    {ST_FORMAT(ST_FORMAT_TYPE_FIXED_POINT, 1, 8, 0), AIR_DTYPE_INT8, AIR_ENCODING_PLAIN, 0, "S8"},
};

TEST_CASE("format: every word of the specification, with and without flags") {
  constexpr uint32_t kFlags[] = {0,
                                 ST_FORMAT_FLAG_IO,
                                 ST_FORMAT_FLAG_CONST | ST_FORMAT_FLAG_STATIC | ST_FORMAT_FLAG_SCRATCH,
                                 ST_FORMAT_FLAG_FLOAT,
                                 0x80000000u,
                                 0xFF000000u};
  for (const FormatRow &row : kFormats) {
    for (const uint32_t flags : kFlags) {
      INFO(row.text, " with flags ", flags);
      const auto element = decode_format(row.word | flags);
      REQUIRE(element.has_value());
      CHECK(element->dtype == row.dtype);
      CHECK(element->encoding == row.encoding);
      CHECK(element->fraction_bits == row.fraction_bits);
      CHECK(format_text(row.word | flags) == row.text);
    }
  }
}

TEST_CASE("format: what cannot be an input or output is refused") {
  for (const uint32_t word :
       {ST_FORMAT_NONE, ST_FORMAT_U4, ST_FORMAT_S4, ST_FORMAT_Q, ST_FORMAT_UQ, ST_FORMAT_Q3, ST_FORMAT_UQ3,
        ST_FORMAT(ST_FORMAT_TYPE_LUT4, 0, 8, 0), ST_FORMAT(ST_FORMAT_TYPE_LUT8, 0, 8, 0),
        ST_FORMAT(ST_FORMAT_TYPE_FIXED_POINT, 1, 4, 0), ST_FORMAT(ST_FORMAT_TYPE_FLOAT, 1, 8, 0),
        ST_FORMAT(ST_FORMAT_TYPE_Q, 1, 24, 0), 0u, 0xFFFFFFFFu}) {
    INFO(word);
    CHECK_FALSE(decode_format(word).has_value());
  }
}

TEST_CASE("node types: numbering by release of the runtime") {
  const auto text = [](uint32_t type, uint32_t major, uint32_t minor = 0) {
    return describe_node_type(type, {major, minor});
  };
  CHECK(text(0x103, 8) == "Conv2D (0x103)");
  CHECK(text(0x103, 12) == "Conv2D (0x103)");
  CHECK(text(0x8103, 10) == "Conv2D (0x103)");
  CHECK(text(0x127, 9) == "Where (0x127)");
  CHECK(text(0x181, 9) == "LSTM (0x181)");
  CHECK(text(0x183, 12) == "GRU (0x183)");
  CHECK(text(0, 10) == "Output (0x0)");
  const struct {
    uint32_t k;
    const char *before, *since;
  } kMoved[] = {{40, "DQConv2D", "LinearClassifier"},
                {41, "DQPool", "TreeEnsembleClassifier"},
                {42, "LinearClassifier", "TopK"},
                {43, "TreeEnsembleClassifier", "ReduceLogSumExp"},
                {44, "DQDense", "ReduceL1"},
                {45, "TopK", "LiteGraph"},
                {46, nullptr, "TreeEnsembleRegressor"},
                {48, nullptr, "DQConv2D"},
                {49, nullptr, "DQPool"},
                {50, "Reverse", "DQDense"},
                {51, "ReduceLogSumExp", "Reverse"},
                {52, "ReduceL1", "TFLiteWrapper"},
                {63, "LiteGraph", nullptr},
                {64, "Container", nullptr},
                {65, "Lambda", nullptr},
                {66, "TreeEnsembleRegressor", nullptr},
                {67, nullptr, "GatherND"},
                {68, nullptr, "MatMul"}};
  for (const auto &row : kMoved) {
    const uint32_t type = 0x100 + row.k;
    const auto expected = [&](const char *name) {
      return name != nullptr ? fmt::format("{} (0x{:x})", name, type) : fmt::format("{} (0x{:x})", type, type);
    };
    CHECK(text(type, 9) == expected(row.before));
    CHECK(text(type, 10) == expected(row.since));
  }
  CHECK(text(0x145, 10, 1) == "325 (0x145)");
  CHECK(text(0x145, 10, 2) == "ScatterND (0x145)");
  CHECK(text(0x164, 10, 9) == "356 (0x164)");
  CHECK(text(0x164, 11) == "SoftmaxCrossEntropyLoss (0x164)");
  CHECK(text(0x105, 10) == "261 (0x105)");
  CHECK(text(0x7fff, 10) == "32767 (0x7fff)");
}

TensorSpec spec_of(uint32_t format, std::vector<int64_t> shape, std::vector<float> scales = {},
                   std::vector<int32_t> zero_points = {}) {
  TensorSpec spec;
  spec.name = "t";
  spec.tag = "I.0";
  spec.format = format;
  spec.set_shape(std::move(shape));
  spec.scales = std::move(scales);
  spec.zero_points = std::move(zero_points);
  return spec;
}

TEST_CASE("tensor: sizes, packed bits, quantization") {
  const Tensor bits = make_tensor(spec_of(ST_FORMAT_S1, {1, 2, 2, 40}));
  CHECK(bits.shape == std::vector<int64_t>{2, 2, 40});
  CHECK(bits.size_bytes == 32);
  CHECK(bits.format == ST_FORMAT_S1);

  // 200 as the signed byte it may be stored in.
  const Tensor bytes = make_tensor(spec_of(ST_FORMAT_U8, {1, 4}, {0.25F}, {-56}));
  CHECK(bytes.encoding == AIR_ENCODING_QUANTIZED);
  CHECK(bytes.zero_points == std::vector<int32_t>{200});

  const Tensor channels = make_tensor(spec_of(ST_FORMAT_S8, {1, 2, 2, 3}, {0.5F, 0.25F, 2.0F}, {-1, 0, 7}));
  CHECK(channels.scales.size() == 3);
  CHECK(channels.axis == 2);
  TensorSpec first = spec_of(ST_FORMAT_S8, {1, 3, 2, 3}, {0.5F, 0.25F, 2.0F}, {-1, 0, 7});
  first.flags |= AIR_TENSOR_CHANNEL_FIRST;
  CHECK(make_tensor(first).scales.size() == 3);
  CHECK(make_tensor(first).axis == 0);
  const Tensor mismatched = make_tensor(spec_of(ST_FORMAT_S8, {1, 2, 2, 4}, {0.5F, 0.25F, 2.0F}, {-1, 0, 7}));
  CHECK(mismatched.scales == std::vector<float>{0.5F});

  CHECK(make_tensor(spec_of(ST_FORMAT_FLOAT32, {1, 2}, {1.0F}, {0})).encoding == AIR_ENCODING_PLAIN);
  CHECK(make_tensor(spec_of(ST_FORMAT_S8, {1, 2}, {0.0F}, {0})).encoding == AIR_ENCODING_PLAIN);
  CHECK(make_tensor(spec_of(ST_FORMAT_Q7, {1, 2}, {1.0F}, {0})).encoding == AIR_ENCODING_FIXED_POINT);
}

TEST_CASE("tensor: the batch of 1 in front is no dimension of a sample") {
  const auto shape = [](std::vector<int64_t> whole, bool has_batch) {
    TensorSpec spec;
    spec.set_shape(whole, has_batch);
    CHECK((spec.flags & AIR_TENSOR_WITHOUT_BATCH) == (spec.shape == whole ? AIR_TENSOR_WITHOUT_BATCH : 0u));
    return spec.shape;
  };
  using Shape = std::vector<int64_t>;
  CHECK(shape({1, 2, 3}, true) == Shape{2, 3});
  CHECK(shape({1, 2, 3}, false) == Shape{1, 2, 3});
  CHECK(shape({4, 2}, true) == Shape{4, 2});
  CHECK(shape({1}, true).empty());
  CHECK(shape({}, true).empty());
}

TEST_CASE("tensor: impossible shapes and formats name the tensor") {
  const auto refusal = [](TensorSpec spec) {
    try {
      make_tensor(std::move(spec));
    } catch (const Error &error) {
      CHECK(std::string(error.what()).find("'t' (I.0)") != std::string::npos);
      return error.status();
    }
    return AIR_OK;
  };
  CHECK(refusal(spec_of(ST_FORMAT_S8, {1, -4})) == AIR_ERROR_INVALID_MODEL);
  CHECK(refusal(spec_of(ST_FORMAT_S8, {1, INT64_MAX, 4})) == AIR_ERROR_INVALID_MODEL);
  CHECK(refusal(spec_of(ST_FORMAT_FLOAT64, {1, INT64_MAX})) == AIR_ERROR_INVALID_MODEL);
  CHECK(refusal(spec_of(ST_FORMAT_S8, {1, int64_t{1} << 41})) == AIR_ERROR_INVALID_MODEL);
  CHECK(refusal(spec_of(ST_FORMAT_S4, {1, 4})) == AIR_ERROR_UNSUPPORTED);
}

TEST_CASE("error texts: both ABIs") {
  ai_error error{};
  error.type = 0x30;
  error.code = 0x12;
  CHECK(legacy_error_text(error) == "type=\"init failed\"(0x30), code=\"network weights\"(0x12)");
  CHECK(legacy_error_word(error) == 0x1230);
  error.type = 0x77;
  CHECK(legacy_error_text(error) == "type=\"unknown\"(0x77), code=\"network weights\"(0x12)");
  CHECK(stai_error_text(STAI_ERROR_NETWORK_INVALID_WEIGHTS_PTR) == "STAI_ERROR_NETWORK_INVALID_WEIGHTS_PTR (0x040040)");
  CHECK(stai_error_text(0x123456) == "unknown (0x123456)");
  CHECK(is_stai_error(-1));
  CHECK_FALSE(is_stai_error(STAI_DONE));
}

}  // namespace
}  // namespace air::stlib::test
