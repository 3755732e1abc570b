// SPDX-License-Identifier: BSD-3-Clause
// One connection: a library, loaded, with all its models.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "common/host_device.h"
#include "image.h"
#include "model.h"
#include "options.h"
#include "plugin/log.h"
#include "weights.h"

namespace air::stlib {

class Connection {
 public:
  Connection(const air_host &host, const air_connect_request &request);
  ~Connection();
  Connection(const Connection &) = delete;
  Connection &operator=(const Connection &) = delete;

  const air_connection_info &info() const noexcept { return info_; }
  Model &model(uint32_t index);

 private:
  struct Candidate {
    std::string c_name;
    bool exported;  // found by its functions, not guessed
    std::vector<std::string> missing_legacy;
    std::vector<std::string> missing_stai;

    bool has_legacy() const noexcept { return missing_legacy.empty(); }
    bool has_stai() const noexcept { return missing_stai.empty(); }
  };

  void open(const std::string &path);
  std::vector<Candidate> find_candidates() const;
  bool is_usable(const Candidate &candidate) const noexcept;
  std::vector<std::string> why_incomplete(const Candidate &candidate) const;
  void leave_out(const std::string &c_name, const std::string &why);
  [[noreturn]] void fail_no_model(const std::vector<Candidate> &candidates) const;
  void load_observer();
  void open_models(const std::vector<Candidate> &candidates);
  void open_model(const Candidate &candidate);
  void open_usable(const std::vector<Candidate> &candidates);
  template <class Flavoured>
  void open_as(const std::string &c_name);
  void keep_wanted_model();
  void make_names_unique();
  void publish();
  ModelContext context() const noexcept;

  const air_host &host_;
  const HostLog log_;
  const Options options_;
  const HostDevice device_;
  const Weights weights_;
  std::unique_ptr<Image> image_;
  std::unique_ptr<Image> observer_;
  std::vector<std::unique_ptr<Model>> models_;
  std::vector<std::string> left_out_;  // models that cannot be used, and why
  std::vector<const air_model_info *> model_infos_;
  std::string descriptor_;
  air_connection_info info_{};
};

}  // namespace air::stlib
