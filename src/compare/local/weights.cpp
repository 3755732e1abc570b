// SPDX-License-Identifier: BSD-3-Clause
// The model of the judge once more, with its weights rounded.
#include "compare/local/weights.h"

#include <vector>

#include "common/struct_size.h"
#include "report/boundary.h"

namespace air::local {
namespace {

HeldRunner connect_rounded(const air_model &model, const Scheme &scheme, const Judge &judge,
                           const air_connect_options *connect) {
  auto options =
      read_struct(connect, air_connect_options{}, "air_connect_options", AIR_SIZE_UP_TO(air_connect_options, reserved));
  options.struct_size = sizeof options;
  options.token = judge.token;
  options.model_name = model.name;
  std::vector<air_option> list;
  for (uint32_t i = 0; i < options.n_options; ++i) list.push_back(options.options[i]);
  list.push_back({"weights", scheme.option});
  options.options = list.data();
  options.n_options = static_cast<uint32_t>(list.size());
  air_runner *runner = nullptr;
  report::check(air_connect(model.descriptor, &options, &runner));
  return {runner, &air_disconnect};
}

}  // namespace

RoundedModel::RoundedModel(const air_model &model, const Scheme &scheme, const Judge &judge,
                           const air_connect_options *connect)
    : runner_(connect_rounded(model, scheme, judge, connect)), judge_(judge) {
  report::check(air_get_session(runner_.get(), model.name, &judge_.session));
}

}  // namespace air::local
