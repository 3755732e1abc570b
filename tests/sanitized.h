/* SPDX-License-Identifier: BSD-3-Clause */
/* AIR_TEST_SANITIZED: 1 where a sanitizer watches the program, which then takes more time and memory, and ends when memory runs out.
 * AIR_TEST_THREADS_SANITIZED: 1 where that is the thread sanitizer, which does not survive a fork of several threads. */
#ifndef AIR_TESTS_SANITIZED_H
#define AIR_TESTS_SANITIZED_H

#if defined(__has_feature)
#  if __has_feature(thread_sanitizer)
#    define AIR_TEST_THREADS_SANITIZED 1
#  endif
#endif
#ifndef AIR_TEST_THREADS_SANITIZED
#  define AIR_TEST_THREADS_SANITIZED 0
#endif

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#  define AIR_TEST_SANITIZED 1
#elif defined(__has_feature)
#  if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#    define AIR_TEST_SANITIZED 1
#  endif
#endif
#ifndef AIR_TEST_SANITIZED
#  define AIR_TEST_SANITIZED 0
#endif

#endif
