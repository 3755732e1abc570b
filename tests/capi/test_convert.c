// SPDX-License-Identifier: BSD-3-Clause
// Conversion to and from storage: every kind of tensor, with the check values of the host-library specification (7.4).
#include <float.h>
#include <math.h>
#include <string.h>

#include "capi.h"

enum { MAX_RANK = 4 };

/** A tensor description with its arrays in one place. */
typedef struct tensor {
  air_tensor info;
  air_quantization quantization;
  int64_t shape[MAX_RANK], storage_shape[MAX_RANK];
  float scales[4];
  int32_t zero_points[4];
} tensor;

/** Of one sample, of which the dimension is in no shape. */
static air_tensor *describe(tensor *t, air_dtype dtype, air_encoding encoding, uint32_t rank, const int64_t *shape) {
  memset(t, 0, sizeof *t);
  uint64_t n = 1;
  for (uint32_t d = 0; d < rank; ++d) {
    t->shape[d] = t->storage_shape[d] = shape[d];
    if (encoding == AIR_ENCODING_PACKED_BITS && d + 1 == rank) t->storage_shape[d] = (shape[d] + 31) / 32;
    n *= (uint64_t)t->storage_shape[d];
  }
  t->info = (air_tensor){.name = "t",
                         .tag = "I.0",
                         .dtype = dtype,
                         .encoding = encoding,
                         .rank = rank,
                         .shape = t->shape,
                         .storage_shape = t->storage_shape,
                         .n_elements = n,
                         .size_bytes = (n * air_dtype_bits(dtype) + 7) / 8};
  return &t->info;
}

static air_tensor *describe_flat(tensor *t, air_dtype dtype, air_encoding encoding, int64_t n) {
  return describe(t, dtype, encoding, 1, &n);
}

static void quantize_by(tensor *t, int32_t axis, uint32_t block, uint32_t n) {
  t->quantization = (air_quantization){
      .known = 1, .axis = axis, .block = block, .n = n, .scales = t->scales, .zero_points = t->zero_points};
  t->info.quantization = &t->quantization;
}

static air_tensor *describe_quantized(tensor *t, air_dtype dtype, int64_t n, float scale, int32_t zero_point) {
  describe_flat(t, dtype, AIR_ENCODING_QUANTIZED, n);
  quantize_by(t, -1, 1, 1);
  t->scales[0] = scale;
  t->zero_points[0] = zero_point;
  return &t->info;
}

static air_tensor *describe_fixed_point(tensor *t, air_dtype dtype, int64_t n, int fraction_bits) {
  describe_quantized(t, dtype, n, ldexpf(1.0f, -fraction_bits), 0)->encoding = AIR_ENCODING_FIXED_POINT;
  return &t->info;
}

static void check_floats(const float *got, const float *want, size_t n) {
  for (size_t i = 0; i < n; ++i) {
    if (got[i] != want[i]) fail_msg("value %d: got %.9g, expected %.9g", (int)i, (double)got[i], (double)want[i]);
  }
}

static void test_int8(void **state) {
  tensor t;
  const air_tensor *info = describe_quantized(&t, AIR_DTYPE_INT8, 8, 0.5f, -3);
  const float values[] = {0.25f, 0.75f, 100.0f, -100.0f, 1.25f, -1.25f, INFINITY, -INFINITY};
  const int8_t want[] = {-3, -1, 127, -128, -1, -5, 127, -128};
  int8_t got[8];
  CHECK_OK(air_quantize(info, 1, values, got));
  assert_memory_equal(got, want, sizeof want);

  const int8_t storage[] = {1, 2, 3, 4, -3, -128, 127, 0};
  const float back[] = {2.0f, 2.5f, 3.0f, 3.5f, 0.0f, -62.5f, 65.0f, 1.5f};
  float real[8];
  CHECK_OK(air_dequantize(info, 1, storage, real));
  check_floats(real, back, 8);
}

static void test_nan_has_some_value_in_range(void **state) {
  tensor t;
  const float nan_value = NAN;
  int8_t got = 0;
  CHECK_OK(air_quantize(describe_quantized(&t, AIR_DTYPE_INT8, 1, 0.5f, 0), 1, &nan_value, &got));
}

static void test_other_quantized_types(void **state) {
  tensor t;
  const float values[] = {0.0f, 1.0f, -1.0f, 1e9f};
  float real[4];
  uint8_t u8[4];
  CHECK_OK(air_quantize(describe_quantized(&t, AIR_DTYPE_UINT8, 4, 1.0f / 128, 128), 1, values, u8));
  assert_memory_equal(u8, ((uint8_t[]){128, 255, 0, 255}), 4);
  CHECK_OK(air_dequantize(&t.info, 1, u8, real));
  check_floats(real, (const float[]){0.0f, 127.0f / 128, -1.0f, 127.0f / 128}, 4);

  int16_t i16[4];
  CHECK_OK(air_quantize(describe_quantized(&t, AIR_DTYPE_INT16, 4, 0.001f, 5), 1, values, i16));
  assert_memory_equal(i16, ((int16_t[]){5, 1005, -995, 32767}), sizeof i16);

  int32_t i32[4];
  CHECK_OK(air_quantize(describe_quantized(&t, AIR_DTYPE_INT32, 4, 0.25f, 0), 1, values, i32));
  assert_memory_equal(i32, ((int32_t[]){0, 4, -4, INT32_MAX}), sizeof i32);
  const int32_t extremes[] = {INT32_MIN, INT32_MAX, 1, 0};
  CHECK_OK(air_dequantize(&t.info, 1, extremes, real));
  check_floats(real, (const float[]){-536870912.0f, 536870912.0f, 0.25f, 0.0f}, 4);

  // The difference of value and zero point does not fit 32 bits.
  CHECK_OK(air_dequantize(describe_quantized(&t, AIR_DTYPE_INT32, 4, 1.0f, INT32_MAX), 1, extremes, real));
  assert_true(real[0] == -4294967296.0f);
}

static void test_division_is_in_float32(void **state) {
  // 0.35f / 0.1f is 3.5 in float32 (and goes to the even 4), 3.49999994 in double (and would go to 3).
  tensor t;
  const float value = 0.35f;
  int8_t got = 0;
  CHECK_OK(air_quantize(describe_quantized(&t, AIR_DTYPE_INT8, 1, 0.1f, 0), 1, &value, &got));
  assert_int_equal(got, (int8_t)rintf(0.35f / 0.1f));
}

// Channels that were never anything else than 0 have a scale of 0.
static void test_some_scales_are_zero(void **state) {
  tensor t;
  describe_flat(&t, AIR_DTYPE_INT8, AIR_ENCODING_QUANTIZED, 3);
  quantize_by(&t, 0, 1, 3);
  t.scales[1] = 0.5f;
  t.scales[2] = 0.25f;
  t.zero_points[0] = 7;
  const int8_t storage[] = {10, 10, 10};
  float real[3];
  CHECK_OK(air_dequantize(&t.info, 1, storage, real));
  check_floats(real, (const float[]){0.0f, 5.0f, 2.5f}, 3);
  int8_t got[3];
  CHECK_OK(air_quantize(&t.info, 1, (const float[]){0.0f, 5.0f, 2.5f}, got));
  assert_memory_equal(got, ((const int8_t[]){7, 10, 10}), 3);
}

static void test_fixed_point(void **state) {
  tensor t;
  const air_tensor *info = describe_fixed_point(&t, AIR_DTYPE_INT8, 4, 7);
  const float values[] = {0.5f, 1.0f, -1.0f, 0.0f};
  int8_t got[4];
  CHECK_OK(air_quantize(info, 1, values, got));
  assert_memory_equal(got, ((int8_t[]){64, 127, -128, 0}), 4);
  float real[4];
  CHECK_OK(air_dequantize(info, 1, got, real));
  check_floats(real, (const float[]){0.5f, 127.0f / 128, -1.0f, 0.0f}, 4);

  info = describe_fixed_point(&t, AIR_DTYPE_INT16, 4, -3);
  const float large[] = {8.0f, 80.0f, -8.0f, 1e9f};
  int16_t got16[4];
  CHECK_OK(air_quantize(info, 1, large, got16));
  assert_memory_equal(got16, ((int16_t[]){1, 10, -1, 32767}), sizeof got16);
}

static void test_packed_bits(void **state) {
  tensor t;
  const air_tensor *info = describe_flat(&t, AIR_DTYPE_INT32, AIR_ENCODING_PACKED_BITS, 40);
  float values[40], real[40];
  for (int i = 0; i < 40; ++i) values[i] = i % 3 == 0 ? -0.5f : (float)(i % 2);
  uint32_t words[2] = {0xFFFFFFFF, 0xFFFFFFFF};
  CHECK_OK(air_quantize(info, 1, values, words));
  assert_int_equal(words[0], 0x92492492u);
  assert_int_equal(words[1], 0x49000000u);
  CHECK_OK(air_dequantize(info, 1, words, real));
  for (int i = 0; i < 40; ++i) assert_true(real[i] == (i % 3 == 0 ? -1.0f : 1.0f));
}

static void test_packed_rows_begin_new_words(void **state) {
  tensor t;
  const air_tensor *info = describe(&t, AIR_DTYPE_UINT32, AIR_ENCODING_PACKED_BITS, 2, (const int64_t[]){2, 33});
  assert_int_equal(info->size_bytes, 16);
  float values[2][2][33], real[2][2][33];
  for (int i = 0; i < 2 * 66; ++i) (&values[0][0][0])[i] = i % 33 == 32 ? -1.0f : 1.0f;
  uint32_t words[2][2][2];
  CHECK_OK(air_quantize(info, 2, &values[0][0][0], words));
  for (int row = 0; row < 4; ++row) {
    assert_int_equal((&words[0][0][0])[2 * row], 0);
    assert_int_equal((&words[0][0][0])[2 * row + 1], 0x80000000u);
  }
  CHECK_OK(air_dequantize(info, 2, words, &real[0][0][0]));
  check_floats(&real[0][0][0], &values[0][0][0], 132);
}

static void test_bool(void **state) {
  tensor t;
  const air_tensor *info = describe_flat(&t, AIR_DTYPE_BOOL, AIR_ENCODING_PLAIN, 4);
  const float values[] = {0.0f, 0.001f, -1.0f, 5.0f};
  uint8_t got[4];
  CHECK_OK(air_quantize(info, 1, values, got));
  assert_memory_equal(got, ((uint8_t[]){0, 1, 0, 1}), 4);
  float real[4];
  CHECK_OK(air_dequantize(info, 1, got, real));
  check_floats(real, (const float[]){0.0f, 1.0f, 0.0f, 1.0f}, 4);
}

static void test_plain_types_are_cast(void **state) {
  tensor t;
  const float values[] = {1.0f, -2.0f, 3.0f, 100.0f};
  float real[4];
  for (air_dtype dtype = AIR_DTYPE_FLOAT32; dtype <= AIR_DTYPE_UINT64; ++dtype) {
    const int is_unsigned =
        dtype == AIR_DTYPE_UINT8 || dtype == AIR_DTYPE_UINT16 || dtype == AIR_DTYPE_UINT32 || dtype == AIR_DTYPE_UINT64;
    const float positive[] = {1.0f, 2.0f, 3.0f, 100.0f};
    const float *given = is_unsigned ? positive : values;
    unsigned char storage[4 * 8];
    const air_tensor *info = describe_flat(&t, dtype, AIR_ENCODING_PLAIN, 4);
    CHECK_OK(air_quantize(info, 1, given, storage));
    CHECK_OK(air_dequantize(info, 1, storage, real));
    check_floats(real, given, 4);
  }
}

static void test_half_precision(void **state) {
  tensor t;
  const air_tensor *info = describe_flat(&t, AIR_DTYPE_FLOAT16, AIR_ENCODING_PLAIN, 8);
  const float values[] = {1.0f,          -2.5f,         65504.0f,        65520.0f,
                          5.9604645e-8f, 2.9802322e-8f, 0.333251953125f, 1.00048828125f};
  const uint16_t want[] = {0x3C00, 0xC100, 0x7BFF, 0x7C00, 0x0001, 0x0000, 0x3555, 0x3C00};
  uint16_t got[8];
  CHECK_OK(air_quantize(info, 1, values, got));
  assert_memory_equal(got, want, sizeof want);
  // Every half that is a number survives the way there and back.
  for (uint32_t bits = 0; bits < 0x10000; bits += 8) {
    uint16_t halves[8], again[8];
    float real[8];
    for (uint32_t i = 0; i < 8; ++i) halves[i] = (uint16_t)(bits + i);
    CHECK_OK(air_dequantize(info, 1, halves, real));
    CHECK_OK(air_quantize(info, 1, real, again));
    for (int i = 0; i < 8; ++i) assert_true(isnan(real[i]) || again[i] == halves[i]);
  }
}

// Two elements a byte, the first in the low half.
static void test_half_bytes(void **state) {
  tensor t;
  const air_tensor *info = describe_quantized(&t, AIR_DTYPE_INT4, 5, 0.5f, 1);
  assert_int_equal(info->size_bytes, 3);
  const float values[] = {0.0f, -4.5f, 3.0f, 100.0f, -100.0f};
  uint8_t got[3] = {0xFF, 0xFF, 0xFF};
  CHECK_OK(air_quantize(info, 1, values, got));
  assert_memory_equal(got, ((uint8_t[]){0x81, 0x77, 0x08}), 3);
  float real[5];
  CHECK_OK(air_dequantize(info, 1, got, real));
  check_floats(real, (const float[]){0.0f, -4.5f, 3.0f, 3.0f, -4.5f}, 5);

  // Each sample begins a byte of its own.
  info = describe_flat(&t, AIR_DTYPE_UINT4, AIR_ENCODING_PLAIN, 3);
  const float counted[] = {1, 2, 3, 4, 5, 15};
  uint8_t packed[4];
  float again[6];
  CHECK_OK(air_quantize(info, 2, counted, packed));
  assert_memory_equal(packed, ((uint8_t[]){0x21, 0x03, 0x54, 0x0F}), 4);
  CHECK_OK(air_dequantize(info, 2, packed, again));
  check_floats(again, counted, 6);
}

static void test_bfloat16(void **state) {
  tensor t;
  const air_tensor *info = describe_flat(&t, AIR_DTYPE_BFLOAT16, AIR_ENCODING_PLAIN, 6);
  // Rounded to the nearest, ties to even.
  const float values[] = {1.0f, -2.5f, 1.00390625f, 1.01171875f, FLT_MAX, -INFINITY};
  const uint16_t want[] = {0x3F80, 0xC020, 0x3F80, 0x3F82, 0x7F80, 0xFF80};
  uint16_t got[6];
  CHECK_OK(air_quantize(info, 1, values, got));
  assert_memory_equal(got, want, sizeof want);
  for (uint32_t bits = 0; bits < 0x10000; bits += 6) {
    uint16_t given[6], again[6];
    float real[6];
    for (uint32_t i = 0; i < 6; ++i) given[i] = (uint16_t)(bits + i);
    CHECK_OK(air_dequantize(info, 1, given, real));
    CHECK_OK(air_quantize(info, 1, real, again));
    for (int i = 0; i < 6; ++i) assert_true(isnan(real[i]) || again[i] == given[i]);
  }
}

static void check_float8(air_dtype dtype, const float *values, const uint8_t *want, int64_t n) {
  tensor t;
  uint8_t got[256], all[256];
  float real[256];
  CHECK_OK(air_quantize(describe_flat(&t, dtype, AIR_ENCODING_PLAIN, n), 1, values, got));
  assert_memory_equal(got, want, (size_t)n);
  for (int i = 0; i < 256; ++i) all[i] = (uint8_t)i;
  CHECK_OK(air_dequantize(describe_flat(&t, dtype, AIR_ENCODING_PLAIN, 256), 1, all, real));
  CHECK_OK(air_quantize(&t.info, 1, real, got));
  for (int i = 0; i < 256; ++i) assert_true(!isfinite(real[i]) || got[i] == all[i]);
}

// Clipped as ONNX's Cast does: values are 1, the largest, one beyond, infinity, the smallest, one to be rounded to an even one, -0.
static void test_float8(void **state) {
  check_float8(AIR_DTYPE_FLOAT8_E4M3, (const float[]){1.0f, 448.0f, 1e4f, INFINITY, 0x1p-9f, 1.0625f, -0.0f},
               (const uint8_t[]){0x38, 0x7E, 0x7E, 0x7E, 0x01, 0x38, 0x80}, 7);
  check_float8(AIR_DTYPE_FLOAT8_E5M2, (const float[]){1.0f, 57344.0f, 1e6f, -INFINITY, 0x1p-16f, 1.125f, -0.0f},
               (const uint8_t[]){0x3C, 0x7B, 0x7B, 0xFB, 0x01, 0x3C, 0x80}, 7);
  const uint8_t special[] = {0x7F, 0x7E, 0x7C, 0xFC};
  tensor t;
  float real[4];
  CHECK_OK(air_dequantize(describe_flat(&t, AIR_DTYPE_FLOAT8_E4M3, AIR_ENCODING_PLAIN, 4), 1, special, real));
  assert_true(isnan(real[0]) && real[1] == 448.0f && real[2] == 384.0f && real[3] == -384.0f);
  CHECK_OK(air_dequantize(describe_flat(&t, AIR_DTYPE_FLOAT8_E5M2, AIR_ENCODING_PLAIN, 4), 1, special, real));
  assert_true(isnan(real[0]) && isnan(real[1]) && real[2] == INFINITY && real[3] == -INFINITY);
}

// Floats of any width may be scaled: that is how 8-bit ones are used.
static void test_scaled_floats(void **state) {
  static const air_dtype dtypes[] = {AIR_DTYPE_FLOAT8_E4M3, AIR_DTYPE_FLOAT16, AIR_DTYPE_BFLOAT16, AIR_DTYPE_FLOAT32,
                                     AIR_DTYPE_FLOAT64};
  static const float values[] = {0.0f, -4.5f, 3.0f, 0.5f};
  for (size_t i = 0; i < ARRAY_SIZE(dtypes); ++i) {
    tensor t;
    const air_tensor *info = describe_quantized(&t, dtypes[i], 4, 0.25f, 2);
    double storage[4];
    float real[4];
    CHECK_OK(air_quantize(info, 1, values, storage));
    CHECK_OK(air_dequantize(info, 1, storage, real));
    check_floats(real, values, 4);
    CHECK_OK(air_dequantize(describe_flat(&t, dtypes[i], AIR_ENCODING_PLAIN, 4), 1, storage, real));
    check_floats(real, (const float[]){2.0f, -16.0f, 14.0f, 4.0f}, 4);
  }
}

static void test_double(void **state) {
  tensor t;
  const air_tensor *info = describe_quantized(&t, AIR_DTYPE_INT8, 2, 0.1f, 0);
  const int8_t storage[] = {3, -7};
  double real[2];
  CHECK_OK(air_dequantize_double(info, 1, storage, real));
  assert_true(real[0] == 3 * (double)0.1f && real[1] == -7 * (double)0.1f);
  assert_true((double)(float)real[0] != real[0]);

  info = describe_flat(&t, AIR_DTYPE_INT32, AIR_ENCODING_PLAIN, 2);
  CHECK_OK(air_dequantize_double(info, 1, (const int32_t[]){INT32_MAX, INT32_MIN}, real));
  assert_true(real[0] == INT32_MAX && real[1] == INT32_MIN);
}

static void test_quantization_that_nobody_knows(void **state) {
  tensor t;
  const air_tensor *info = describe_flat(&t, AIR_DTYPE_INT8, AIR_ENCODING_QUANTIZED, 2);
  t.quantization = (air_quantization){.known = 0, .axis = -1, .block = 1};
  t.info.quantization = &t.quantization;
  float values[2] = {0};
  double real[2];
  int8_t storage[2] = {0};
  CHECK_FAILS(AIR_ERROR_UNSUPPORTED, air_quantize(info, 1, values, storage));
  CHECK_FAILS(AIR_ERROR_UNSUPPORTED, air_dequantize(info, 1, storage, values));
  CHECK_FAILS(AIR_ERROR_UNSUPPORTED, air_dequantize_double(info, 1, storage, real));
}

// Two scales for four channels, each for two of them.
static void test_blocks_of_channels(void **state) {
  tensor t;
  const air_tensor *info = describe(&t, AIR_DTYPE_INT8, AIR_ENCODING_QUANTIZED, 2, (const int64_t[]){2, 4});
  quantize_by(&t, 1, 2, 2);
  t.scales[0] = 0.5f;
  t.scales[1] = 2.0f;
  t.zero_points[1] = 1;
  const int8_t storage[] = {1, 2, 3, 4, 5, 6, 7, 8};
  float real[8];
  int8_t again[8];
  CHECK_OK(air_dequantize(info, 1, storage, real));
  check_floats(real, (const float[]){0.5f, 1.0f, 4.0f, 6.0f, 2.5f, 3.0f, 12.0f, 14.0f}, 8);
  CHECK_OK(air_quantize(info, 1, real, again));
  assert_memory_equal(again, storage, sizeof storage);
}

static void test_scalar(void **state) {
  tensor t;
  describe_quantized(&t, AIR_DTYPE_INT8, 1, 0.5f, 0);
  t.info.rank = 0;
  int8_t got[3];
  CHECK_OK(air_quantize(&t.info, 3, (const float[]){1, 2, 3}, got));
  assert_memory_equal(got, ((int8_t[]){2, 4, 6}), 3);
}

static void test_per_channel(void **state) {
  tensor t;
  const air_tensor *info = describe(&t, AIR_DTYPE_INT8, AIR_ENCODING_QUANTIZED, 3, (const int64_t[]){2, 3, 2});
  quantize_by(&t, 1, 1, 3);
  for (int c = 0; c < 3; ++c) {
    t.scales[c] = (float)(1 << c);
    t.zero_points[c] = c;
  }
  int8_t storage[12];
  float real[12], want[12];
  for (int i = 0; i < 12; ++i) {
    const int c = i / 2 % 3;
    storage[i] = (int8_t)(i * 5 - 30);
    want[i] = (float)((storage[i] - c) * (1 << c));
  }
  CHECK_OK(air_dequantize(info, 1, storage, real));
  check_floats(real, want, 12);
  int8_t again[12];
  CHECK_OK(air_quantize(info, 1, real, again));
  assert_memory_equal(again, storage, sizeof storage);
}

static void test_scale_zero_is_no_quantization(void **state) {
  tensor t;
  const float values[] = {3.0f, -4.0f};
  int8_t got[2];
  CHECK_OK(air_quantize(describe_quantized(&t, AIR_DTYPE_INT8, 2, 0.0f, 9), 1, values, got));
  assert_memory_equal(got, ((int8_t[]){3, -4}), 2);
  float real[2];
  CHECK_OK(air_dequantize(&t.info, 1, got, real));
  check_floats(real, values, 2);
}

static void test_several_samples(void **state) {
  tensor t;
  const air_tensor *info = describe_quantized(&t, AIR_DTYPE_INT8, 2, 0.5f, 0);
  const float values[] = {1, 2, 3, 4, 5, 6};
  int8_t got[6];
  float real[6];
  CHECK_OK(air_quantize(info, 3, values, got));
  assert_memory_equal(got, ((int8_t[]){2, 4, 6, 8, 10, 12}), 6);
  CHECK_OK(air_dequantize(info, 3, got, real));
  check_floats(real, values, 6);
}

static void test_every_int8_survives(void **state) {
  static const float scales[] = {0.5f, 0.0078125f, 0.1f, 3.3e-5f, 12.7f};
  for (size_t k = 0; k < ARRAY_SIZE(scales); ++k) {
    tensor t;
    const air_tensor *info = describe_quantized(&t, AIR_DTYPE_INT8, 256, scales[k], 11);
    int8_t all[256], again[256];
    float real[256];
    for (int i = 0; i < 256; ++i) all[i] = (int8_t)(i - 128);
    CHECK_OK(air_dequantize(info, 1, all, real));
    CHECK_OK(air_quantize(info, 1, real, again));
    assert_memory_equal(again, all, sizeof all);
  }
}

static void test_wrong_use(void **state) {
  tensor t;
  float values[4] = {0};
  int8_t storage[4] = {0};
  air_tensor *info = describe_quantized(&t, AIR_DTYPE_INT8, 4, 0.5f, 0);
  CHECK_FAILS(AIR_ERROR_INVALID_ARGUMENT, air_quantize(NULL, 1, values, storage));
  CHECK_FAILS(AIR_ERROR_INVALID_ARGUMENT, air_quantize(info, 1, NULL, storage));
  CHECK_FAILS(AIR_ERROR_INVALID_ARGUMENT, air_quantize(info, 1, values, NULL));
  CHECK_FAILS(AIR_ERROR_INVALID_ARGUMENT, air_dequantize(NULL, 1, storage, values));
  CHECK_FAILS(AIR_ERROR_INVALID_ARGUMENT, air_dequantize(info, 1, NULL, values));
  CHECK_FAILS(AIR_ERROR_INVALID_ARGUMENT, air_dequantize(info, 1, storage, NULL));
  double real[4];
  CHECK_FAILS(AIR_ERROR_INVALID_ARGUMENT, air_dequantize_double(NULL, 1, storage, real));
  CHECK_FAILS(AIR_ERROR_INVALID_ARGUMENT, air_dequantize_double(info, 1, NULL, real));
  CHECK_FAILS(AIR_ERROR_INVALID_ARGUMENT, air_dequantize_double(info, 1, storage, NULL));
}

/** A description that cannot be right is refused, whatever the status. */
static void check_refused(const air_tensor *info) {
  float values[64] = {0};
  unsigned char storage[64] = {0};
  assert_int_not_equal(air_quantize(info, 1, values, storage), AIR_OK);
  assert_int_not_equal(air_dequantize(info, 1, storage, values), AIR_OK);
}

static void test_wrong_descriptions(void **state) {
  tensor t;
  describe_quantized(&t, AIR_DTYPE_INT8, 4, 0.5f, 0)->dtype = AIR_DTYPE_NONE;
  check_refused(&t.info);
  describe_quantized(&t, AIR_DTYPE_INT8, 4, 0.5f, 0)->dtype = NO_DTYPE;
  check_refused(&t.info);
  describe_quantized(&t, AIR_DTYPE_INT8, 4, 0.5f, 0)->quantization = NULL;
  check_refused(&t.info);
  describe_quantized(&t, AIR_DTYPE_INT8, 4, 0.5f, 0);
  t.quantization.scales = NULL;
  check_refused(&t.info);
  describe_quantized(&t, AIR_DTYPE_INT8, 4, 0.5f, 0);
  t.quantization.n = 0;
  check_refused(&t.info);
  describe_quantized(&t, AIR_DTYPE_INT8, 4, 0.5f, 0)->shape = NULL;
  check_refused(&t.info);
  describe_quantized(&t, AIR_DTYPE_INT8, 4, 0.5f, 0)->n_elements = 5;
  check_refused(&t.info);
  describe_quantized(&t, AIR_DTYPE_INT8, 4, 0.5f, 0)->size_bytes = 5;
  check_refused(&t.info);
  describe_quantized(&t, AIR_DTYPE_INT8, 4, 0.5f, 0);
  quantize_by(&t, 9, 1, 4);
  check_refused(&t.info);
  describe_quantized(&t, AIR_DTYPE_INT8, 4, 0.5f, 0);
  quantize_by(&t, 0, 1, 3);  // four elements along the axis
  check_refused(&t.info);
  describe_fixed_point(&t, AIR_DTYPE_INT8, 4, 3);
  t.scales[0] = 0.3f;
  check_refused(&t.info);
  describe_flat(&t, AIR_DTYPE_INT8, AIR_ENCODING_PACKED_BITS, 4);
  check_refused(&t.info);
  describe_quantized(&t, AIR_DTYPE_INT8, 4, 0.5f, 0)->encoding = (air_encoding)9;
  check_refused(&t.info);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_int8),
      cmocka_unit_test(test_nan_has_some_value_in_range),
      cmocka_unit_test(test_other_quantized_types),
      cmocka_unit_test(test_division_is_in_float32),
      cmocka_unit_test(test_some_scales_are_zero),
      cmocka_unit_test(test_fixed_point),
      cmocka_unit_test(test_packed_bits),
      cmocka_unit_test(test_packed_rows_begin_new_words),
      cmocka_unit_test(test_bool),
      cmocka_unit_test(test_plain_types_are_cast),
      cmocka_unit_test(test_half_precision),
      cmocka_unit_test(test_half_bytes),
      cmocka_unit_test(test_bfloat16),
      cmocka_unit_test(test_float8),
      cmocka_unit_test(test_scaled_floats),
      cmocka_unit_test(test_double),
      cmocka_unit_test(test_quantization_that_nobody_knows),
      cmocka_unit_test(test_blocks_of_channels),
      cmocka_unit_test(test_scalar),
      cmocka_unit_test(test_per_channel),
      cmocka_unit_test(test_scale_zero_is_no_quantization),
      cmocka_unit_test(test_several_samples),
      cmocka_unit_test(test_every_int8_survives),
      cmocka_unit_test(test_wrong_use),
      cmocka_unit_test(test_wrong_descriptions),
  };
  return cmocka_run_group_tests_name("convert", tests, NULL, NULL);
}
