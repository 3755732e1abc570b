// SPDX-License-Identifier: BSD-3-Clause
// A shared library loaded into this process, by default from a private copy, and unloaded for real.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "platform/libraries/private_library.h"

namespace air::stlib {

class Image {
 public:
  // With `copy` the loaded image has static data of its own, and the file may change meanwhile. Throws AIR_ERROR_INVALID_MODEL, _IO, ...
  Image(const std::filesystem::path &file, bool copy);
  Image(const Image &) = delete;
  Image &operator=(const Image &) = delete;

  const std::filesystem::path &file() const noexcept { return file_; }
  const std::vector<std::string> &exports() const noexcept { return exports_; }

  // NULL when the library has no such symbol.
  void *symbol(const std::string &name) const noexcept;

  template <class Function>
  Function *function(const std::string &name) const noexcept {
    return reinterpret_cast<Function *>(symbol(name));
  }

 private:
  std::filesystem::path file_;
  std::vector<std::string> exports_;
  PrivateLibrary loaded_;
};

}  // namespace air::stlib
