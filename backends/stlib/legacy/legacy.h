// SPDX-License-Identifier: BSD-3-Clause
// A model behind the legacy API (`ai_<name>_*`).
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "stlib/abi/legacy.h"
#include "stlib/legacy/claim.h"
#include "stlib/legacy/legacy_observer.h"
#include "stlib/legacy/legacy_report.h"
#include "stlib/model/model.h"

namespace air::stlib {

class LegacyModel final : public Model {
 public:
  using Model::Model;

  static constexpr size_t kRequiredCount = 6;
  // Names of the required functions that the library lacks for this c-name.
  static std::vector<std::string> missing_functions(const Image &image, const std::string &c_name);

  void open() override;
  void close() noexcept override;
  void reset_states() override;

 private:
  struct Functions {
    ai_create_fn *create;
    ai_get_error_fn *get_error;
    ai_get_report_fn *get_report;
    ai_data_params_get_fn *data_params_get;
    ai_init_fn *init;
    ai_run_fn *run;
    ai_destroy_fn *destroy;  // NULL when the library has none
  };
  // An entry of the library's own tables whose address was set, and what it was before.
  struct Patched {
    ai_buffer *entry;
    void *before;
  };

  NodeTracker *tracker() noexcept override { return observer_ == nullptr ? nullptr : &observer_->tracker(); }
  void observe(bool wanted) override;
  void bind(uint32_t n_samples) override;
  void execute(backend::Run &run) override;

  void bind_functions();
  void claim();
  void create();
  std::vector<ai_buffer> read_table(const ai_buffer_array &array, const char *what) const;
  void set_address(ai_buffer *entry, void *address);
  void set_weights();
  void set_activations();
  void init();
  void describe(const LegacyReport &report);
  void describe_ports(std::vector<ai_buffer> &buffers, std::vector<Tensor> &tensors, std::vector<Port> &ports,
                      bool inputs);
  void refuse_batch_inside() const;
  [[noreturn]] void fail_run(int32_t result, uint32_t n_samples, ai_error error) const;

  Functions functions_{};
  Claim claim_;
  ai_handle handle_ = nullptr;
  ai_network_params params_{};
  std::vector<Patched> patched_;
  std::vector<GuardedMemory *> activations_;
  std::vector<ai_buffer> input_buffers_;  // copies of those in the report, with addresses of ours
  std::vector<ai_buffer> output_buffers_;
  std::vector<std::vector<uint32_t>> shapes_;  // of the copies, so that the batch can be set
  uint32_t bound_samples_ = 1;
  std::unique_ptr<LegacyObserver> observer_;
  bool observing_ = false;
};

}  // namespace air::stlib
