// SPDX-License-Identifier: BSD-3-Clause
// The connection that a command line asks for.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "airunner.h"
#include "cli/options.h"

namespace air::cli {

// The part of the connect options that searching for plugins needs: paths, log and token. Refers to `options`.
class SearchOptions {
 public:
  explicit SearchOptions(const Options &options);
  SearchOptions(const SearchOptions &) = delete;
  SearchOptions &operator=(const SearchOptions &) = delete;
  const air_connect_options *get() const { return &value_; }

 private:
  std::vector<const char *> paths_;
  air_log log_;
  air_connect_options value_;
};

class Connection {
 public:
  explicit Connection(const Options &options);  // throws Failure

  air_session *session() const { return session_; }
  const air_model &model() const { return *air_get_model(session_); }

 private:
  struct Disconnect {
    void operator()(air_runner *runner) const { air_disconnect(runner); }
  };
  std::unique_ptr<air_runner, Disconnect> runner_;
  air_session *session_ = nullptr;
};

}  // namespace air::cli
