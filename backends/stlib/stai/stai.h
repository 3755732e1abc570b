// SPDX-License-Identifier: BSD-3-Clause
// A model behind the st-ai API (`stai_<name>_*`).
#pragma once

#include <string>
#include <vector>

#include "stlib/abi/stai.h"
#include "stlib/model/model.h"
#include "stlib/stai/stai_observer.h"

namespace air::stlib {

class StaiModel final : public Model {
 public:
  using Model::Model;

  static constexpr size_t kRequiredCount = 12;
  // Names of the required functions that the library lacks for this c-name.
  static std::vector<std::string> missing_functions(const Image &image, const std::string &c_name);

  void open() override;
  void close() noexcept override;
  void reset_states() override;

 private:
  struct Functions {
    stai_get_context_size_fn *get_context_size;
    stai_init_fn *init;
    stai_get_info_fn *get_info;
    stai_get_buffers_fn *get_inputs, *get_outputs;
    stai_set_buffers_fn *set_activations, *set_states, *set_inputs, *set_outputs, *set_weights;
    stai_set_callback_fn *set_callback;
    stai_run_fn *run;
    stai_deinit_fn *deinit;  // NULL when the library has none
  };
  // The inputs or the outputs as the library sees them.
  struct Side {
    std::vector<stai_ptr> bound;  // addresses the library has
    std::vector<stai_ptr> wanted;
    bool inside = false;  // of the activations
  };

  NodeTracker *tracker() noexcept override { return &observer_.tracker(); }
  void observe(bool wanted) override;
  void bind(uint32_t n_samples) override;
  void execute(backend::Run &run) override;

  void bind_functions();
  void create_context();
  void read_info();
  void describe_pools();
  std::vector<stai_ptr> allocate_pool(const std::vector<stai_tensor> &tensors, const char *name);
  void choose_weights();
  void describe_ports(const std::vector<stai_tensor> &raw, std::vector<Tensor> &tensors, std::vector<Port> &ports,
                      Side &side, bool inputs);
  void find_alignment();
  // Gives the library all it needs to run. Also the way out of an error, which stays until init().
  void set_up();
  std::vector<stai_ptr> fixed_addresses(stai_get_buffers_fn *get, const char *function, size_t count);
  void bind_side(Side &side, const std::vector<Port> &ports, stai_set_buffers_fn *set, const char *function);
  void check(stai_return_code code, const char *function, air_status status);

  Functions functions_{};
  stai_network_info raw_{};
  std::vector<stai_tensor> raw_inputs_, raw_outputs_, raw_activations_, raw_weights_, raw_states_;
  GuardedMemory *context_memory_ = nullptr;
  std::vector<GuardedMemory *> states_;
  std::vector<stai_ptr> activations_addresses_, states_addresses_, weights_addresses_;
  Side input_side_, output_side_;
  StaiObserver observer_{context_};
  bool initialised_ = false;
  bool needs_set_up_ = false;
  bool observing_ = false;
};

}  // namespace air::stlib
