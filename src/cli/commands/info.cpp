// SPDX-License-Identifier: BSD-3-Clause
// `airunner info`: what a model is.
#include "cli/commands/commands.h"
#include "cli/outputs/output_files.h"
#include "cli/outputs/printing.h"
#include "cli/running/connection.h"
#include "cli/running/failure.h"

namespace air::cli {
int command_info(const Options &options) {
  check_output_files({}, files_named(options));
  const Connection connection(options);
  char *text = nullptr;
  if (options.json) {
    check(air_model_to_json(&connection.model(), 0, &text), kFailed);
  } else {
    const air_text_options layout = text_options(options.verbosity > 0);
    check(air_model_to_text(&connection.model(), &layout, &text), kFailed);
  }
  print(take(text));
  return kOk;
}

}  // namespace air::cli
