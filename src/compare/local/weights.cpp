// SPDX-License-Identifier: BSD-3-Clause
// The model of the judge once more, with its weights rounded.
#include "compare/local/weights.h"

#include <vector>

#include "common/struct_size.h"
#include "report/boundary.h"

namespace air::local {
std::optional<RoundedModel> round_weights(const air_model &model, const Scheme &scheme, const Judge &judge,
                                          const air_connect_options *connect, air_status &refused) {
  auto options =
      read_struct(connect, air_connect_options{}, "air_connect_options", AIR_SIZE_UP_TO(air_connect_options, reserved));
  options.struct_size = sizeof options;
  options.token = judge.token;
  options.model_name = model.name;
  std::vector<air_option> list(options.options, options.options + options.n_options);
  list.push_back({"weights", scheme.option});
  options.options = list.data();
  options.n_options = static_cast<uint32_t>(list.size());
  air_runner *runner = nullptr;
  refused = air_connect(model.descriptor, &options, &runner);
  if (refused == AIR_ERROR_CANCELLED || refused == AIR_ERROR_TIMEOUT || refused == AIR_ERROR_NO_MEMORY)
    report::check(refused);
  if (refused != AIR_OK) return {};
  RoundedModel rounded{HeldRunner(runner, &air_disconnect), judge};
  report::check(air_get_session(runner, model.name, &rounded.judge.session));
  return rounded;
}

}  // namespace air::local
