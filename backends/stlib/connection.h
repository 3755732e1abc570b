// SPDX-License-Identifier: BSD-3-Clause
// One connection: a library, loaded, with all its models.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "airunner_backend.hpp"
#include "plugin/log.h"
#include "stlib/library/image.h"
#include "stlib/library/resolve.h"
#include "stlib/model/model.h"
#include "stlib/model/weights.h"
#include "stlib/options.h"

namespace air::stlib {

class Connection {
 public:
  static const backend::Facts facts;
  static uint32_t claims(const char *text) { return claim_path(text); }

  explicit Connection(const backend::Request &request);
  ~Connection();
  Connection(const Connection &) = delete;
  Connection &operator=(const Connection &) = delete;

  const std::vector<backend::Model> &models() const noexcept { return descriptions_; }
  const std::string &descriptor() const noexcept { return descriptor_; }
  void run(uint32_t model, backend::Run &run) { models_[model]->run(run); }
  void reset_states(uint32_t model);
  void prepare(uint32_t model, const backend::Preparation &preparation);

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
  ModelContext context() const noexcept;

  const HostLog log_;
  const Options options_;
  const Weights weights_;
  std::unique_ptr<Image> image_;
  std::unique_ptr<Image> observer_;
  std::vector<std::unique_ptr<Model>> models_;
  std::vector<std::string> left_out_;  // models that cannot be used, and why
  std::vector<backend::Model> descriptions_;
  std::string descriptor_;
};

}  // namespace air::stlib
