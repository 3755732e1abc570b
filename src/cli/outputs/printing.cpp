// SPDX-License-Identifier: BSD-3-Clause
// Texts of the library: owned, laid out for the terminal, printed.
#include "cli/outputs/printing.h"

#include <memory>

#include "platform/streams/streams.h"
#include "platform/streams/terminal.h"

namespace air::cli {

std::string take(char *text) {
  const std::unique_ptr<char, decltype(&air_free_text)> owned(text, &air_free_text);
  return owned.get();
}

air_text_options text_options(bool verbose) {
  return {.struct_size = sizeof(air_text_options),
          .width = output_width(),
          .colour = output_colour() ? 1U : 0U,
          .verbose = verbose ? 1U : 0U};
}

void print(const std::string &text) {
  print_result(text);
}

}  // namespace air::cli
