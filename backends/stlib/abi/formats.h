/* SPDX-License-Identifier: BSD-3-Clause */
/* The format word of ST's tools, shared by the legacy and the st-ai ABI, and the check of layouts that both headers use. */
#ifndef AIRUNNER_STLIB_ABI_FORMATS_H
#define AIRUNNER_STLIB_ABI_FORMATS_H

#include <stddef.h>
#include <stdint.h>

/* Layouts are those of 64-bit hosts; with pointers of 32 bits the offsets are others, which the compiler of either side finds in the same way. */
#if UINTPTR_MAX <= 0xFFFFFFFFu
#  define ST_ABI_CHECK(name, condition) typedef char st_abi_unchecked_##name
#elif defined(__cplusplus)
#  define ST_ABI_CHECK(name, condition) static_assert(condition, #  name)
#elif defined(__STDC_VERSION__) && __STDC_VERSION__ >= 201112L
#  define ST_ABI_CHECK(name, condition) _Static_assert(condition, #  name)
#else
#  define ST_ABI_CHECK(name, condition) typedef char st_abi_check_##name[(condition) ? 1 : -1]
#endif
#define ST_ABI_SIZE(type, size) ST_ABI_CHECK(sizeof_##type, sizeof(type) == (size))
#define ST_ABI_OFFSET(type, member, offset) ST_ABI_CHECK(type##_##member, offsetof(type, member) == (offset))

/* Flag bits of a format word. They say nothing about the elements: mask them before looking at the type. */
#define ST_FORMAT_FLAG_CONST 0x40000000u
#define ST_FORMAT_FLAG_STATIC 0x20000000u
#define ST_FORMAT_FLAG_SCRATCH 0x10000000u
#define ST_FORMAT_FLAG_IO 0x08000000u
#define ST_FORMAT_FLAG_FLOAT 0x01000000u /* set for float by legacy tools up to 1.0, clear since 2.0 */
#define ST_FORMAT_FIELDS_MASK 0x00FFFFFFu

/* Values of the type field. */
#define ST_FORMAT_TYPE_NONE 0u
#define ST_FORMAT_TYPE_FLOAT 1u
#define ST_FORMAT_TYPE_Q 2u
#define ST_FORMAT_TYPE_BOOL 3u
#define ST_FORMAT_TYPE_LUT4 4u
#define ST_FORMAT_TYPE_LUT8 8u
#define ST_FORMAT_TYPE_FIXED_POINT 15u /* as Q; made by the NPU compiler */

/* Fields of a format word. */
#define ST_FORMAT_GET_SIGN(word) (((uint32_t)(word) >> 23) & 0x1u)
#define ST_FORMAT_GET_LDIV(word) (((uint32_t)(word) >> 21) & 0x3u)
#define ST_FORMAT_GET_TYPE(word) (((uint32_t)(word) >> 17) & 0xFu)
#define ST_FORMAT_GET_PADDING(word) (((uint32_t)(word) >> 14) & 0x7u)
#define ST_FORMAT_GET_BITS(word) (((uint32_t)(word) >> 7) & 0x7Fu)
#define ST_FORMAT_GET_FRACTION(word) ((int32_t)((uint32_t)(word)&0x7Fu) - 64)

/* Word of a type, sign (0 or 1), total bits and fraction bits. */
#define ST_FORMAT(type, sign, bits, fraction) \
  (((uint32_t)(sign) << 23) | ((uint32_t)(type) << 17) | ((uint32_t)(bits) << 7) | ((uint32_t)(fraction) + 64u))

/* Values met in libraries. */
#define ST_FORMAT_NONE 0x00000040u
#define ST_FORMAT_FLOAT32 0x00821040u
#define ST_FORMAT_FLOAT16 0x00820840u
#define ST_FORMAT_FLOAT64 0x00822040u
#define ST_FORMAT_U1 0x000400C0u
#define ST_FORMAT_U4 0x00040240u
#define ST_FORMAT_U8 0x00040440u
#define ST_FORMAT_U16 0x00040840u
#define ST_FORMAT_U32 0x00041040u
#define ST_FORMAT_U64 0x00042040u
#define ST_FORMAT_S1 0x008400C0u
#define ST_FORMAT_S4 0x00840240u
#define ST_FORMAT_S8 0x00840440u
#define ST_FORMAT_S16 0x00840840u
#define ST_FORMAT_S32 0x00841040u
#define ST_FORMAT_S64 0x00842040u
#define ST_FORMAT_Q 0x00840040u
#define ST_FORMAT_UQ 0x00040040u
#define ST_FORMAT_Q3 0x00840243u
#define ST_FORMAT_UQ3 0x00040243u
#define ST_FORMAT_Q7 0x00840447u
#define ST_FORMAT_UQ7 0x00040447u
#define ST_FORMAT_Q15 0x0084084Fu
#define ST_FORMAT_UQ15 0x0004084Fu
#define ST_FORMAT_Q31 0x0084105Fu
#define ST_FORMAT_BOOL 0x00060440u

#endif
