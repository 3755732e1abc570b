// SPDX-License-Identifier: BSD-3-Clause
// The connection that a command line asks for.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "airunner.h"
#include "options.h"

namespace air::cli {

// The part of the connect options that searching for plugins needs: paths and log. Refers to `options`.
class SearchOptions {
 public:
  explicit SearchOptions(const Options &options);
  const air_connect_options *get() const { return &value_; }

 protected:
  air_connect_options value_ = AIR_CONNECT_OPTIONS_INIT;

 private:
  std::vector<const char *> paths_;
};

class Connection {
 public:
  explicit Connection(const Options &options);  // throws Failure

  air_runner *runner() const { return runner_.get(); }
  air_session *session() const { return session_; }
  const air_model_info &info() const { return *info_; }

 private:
  struct Disconnect {
    void operator()(air_runner *runner) const { air_disconnect(runner); }
  };
  std::unique_ptr<air_runner, Disconnect> runner_;
  air_session *session_ = nullptr;
  const air_model_info *info_ = nullptr;
};

}  // namespace air::cli
