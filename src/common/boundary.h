// SPDX-License-Identifier: BSD-3-Clause
// The border of a library: here exceptions become statuses. One handler for all functions, as the handlers of each would be a good part of
// the library.
#pragma once

#include <cstdlib>
#include <cstring>
#include <exception>
#include <new>
#include <string>

#include "common/error.h"

namespace air {

// Of a handler: records what was thrown and gives its status. Each library says how.
air_status record_thrown() noexcept;

// The way of all: record(const Error &) takes what was thrown, unless that says that it is recorded, and no_memory() a lack of memory. Neither
// of them throws.
template <class Record, class NoMemory>
air_status record_thrown_by(Record record, NoMemory no_memory) noexcept try {
  const auto recorded = [&](const Error &error) {
    record(error);
    return error.status();
  };
  try {
    throw;
  } catch (const backend::Recorded &failure) {
    return failure.status;
  } catch (const Error &error) {
    return recorded(error);
  } catch (const std::bad_alloc &) {
    throw;
  } catch (const std::exception &error) {
    return recorded(Error(AIR_ERROR_INTERNAL, error.what()));
  } catch (...) {
    return recorded(Error(AIR_ERROR_INTERNAL, "something that is no exception was thrown"));
  }
} catch (const std::bad_alloc &) {
  no_memory();
  return AIR_ERROR_NO_MEMORY;
}

// Runs the body of a public function. Nothing is thrown past it.
template <class Body>
air_status guarded(Body &&body) noexcept {
  try {
    body();
    return AIR_OK;
  } catch (...) {
    return record_thrown();
  }
}

template <class T>
T &required(T *pointer, const char *name) {
  if (pointer == nullptr) fail(AIR_ERROR_INVALID_ARGUMENT, "{} is NULL", name);
  return *pointer;
}

// Copy of a text for somebody who releases it with std::free(). Throws std::bad_alloc.
inline char *copy_text(const std::string &text) {
  const size_t size = text.size() + 1;
  auto *copy = static_cast<char *>(std::malloc(size));
  if (copy == nullptr) throw std::bad_alloc();
  std::memcpy(copy, text.c_str(), size);
  return copy;
}

}  // namespace air
