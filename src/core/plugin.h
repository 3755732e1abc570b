// SPDX-License-Identifier: BSD-3-Clause
// One loaded plugin: the module, kept open while in use, and its table with every entry filled.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "airunner_backend.h"

namespace air {

class Plugin {
 public:
  // Loads the module and agrees on an ABI version. Throws AIR_ERROR_INCOMPATIBLE, saying what is wrong with it.
  explicit Plugin(const std::filesystem::path &path);

  const air_backend &backend() const noexcept { return backend_; }
  const std::vector<std::string> &schemes() const noexcept { return schemes_; }

 private:
  struct CloseModule {
    void operator()(void *module) const noexcept;
  };

  void negotiate(air_backend_query_fn query);
  void fill_defaults();

  std::unique_ptr<void, CloseModule> module_;
  air_backend backend_{};
  std::vector<std::string> schemes_;
};

}  // namespace air
