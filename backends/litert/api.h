// SPDX-License-Identifier: BSD-3-Clause
// LiteRT as found on this machine: its functions, with errors as exceptions.
#pragma once

#include <memory>
#include <string>
#include <type_traits>

#include "airunner.h"
#include "litert/abi.h"
#include "runtime/library.h"

namespace air::litert {

class Api {
 public:
  // `wanted` is option runtime. Throws NOT_FOUND or INCOMPATIBLE.
  Api(const std::string &wanted, const HostLog &log);

  const abi::Functions *operator->() const noexcept { return &functions_; }
  const std::string &path() const noexcept { return library_.path(); }
  const std::string &release() const noexcept { return release_; }  // "2.3.0", or "" when nobody tells

 private:
  runtime::Library library_;
  abi::Functions functions_{};
  std::string release_;
};

// "invalid argument (1)".
std::string status_text(abi::Status status);

// Throws `status` with what was tried when a call failed.
void check(abi::Status result, air_status status, const char *what);

// Owns an object of the runtime.
template <class Handle>
class Owned {
 public:
  explicit Owned(void (*destroy)(Handle) = nullptr, Handle handle = nullptr) : handle_(handle, {destroy}) {}

  Handle get() const noexcept { return handle_.get(); }

 private:
  struct Destroy {
    void (*function)(Handle);
    void operator()(Handle handle) const { function(handle); }
  };
  std::unique_ptr<std::remove_pointer_t<Handle>, Destroy> handle_;
};

}  // namespace air::litert
