// SPDX-License-Identifier: BSD-3-Clause
// The C program that does what `airunner profile` does.
#include <fmt/format.h>

#include "program.h"

namespace air::cli {
namespace {

constexpr const char *kProgram = R"(/* Profiles a model as `airunner profile` does. Build and run:
 *   cc program.c $(pkg-config --cflags --libs airunner) -o program && ./program */
#include <airunner.h>
#include <stdio.h>
#include <stdlib.h>

static int fail(const char *step) {
  const air_error *error = air_last_error();
  fprintf(stderr, "%s: [%s, E%d] %s\n", step, air_status_name(error->status), (int)error->st_code, error->message);
  for (uint32_t i = 0; i < error->n_causes; ++i) fprintf(stderr, "  %s\n", error->causes[i]);
  return EXIT_FAILURE;
}

static int profile(air_session *session, uint64_t n_samples, const air_buffer *inputs, uint32_t n_inputs) {
  air_random_options random = AIR_RANDOM_OPTIONS_INIT;
@RANDOM@
  if (air_fill_random(session, n_samples, inputs, n_inputs, &random) != AIR_OK) return fail("fill inputs");

  air_invoke_options invoke = AIR_INVOKE_OPTIONS_INIT;
  invoke.mode = @MODE@;
  invoke.io_mode = @IO@;
  invoke.timeout_ms = @TIMEOUT@;
  invoke.warmup = @WARMUP@;
  invoke.repeat = @REPEAT@;
  if (air_invoke(session, n_samples, inputs, n_inputs, NULL, 0, &invoke) != AIR_OK) return fail("invoke");

  air_text_options layout = AIR_TEXT_OPTIONS_INIT;
  layout.width = 80;
  char *text = NULL;
  if (air_profile_to_text(session, &layout, &text) != AIR_OK) return fail("report");
  fputs(text, stdout);
  air_free_text(text);
  return EXIT_SUCCESS;
}

int main(void) {
  const uint64_t n_samples = @BATCH@;
  air_connect_options connect = AIR_CONNECT_OPTIONS_INIT;
@CONNECT@
  air_runner *runner = NULL;
  if (air_connect(@DESCRIPTOR@, &connect, &runner) != AIR_OK) return fail("connect");

  int result = EXIT_FAILURE;
  air_session *session = NULL;
  const air_model_info *info = NULL;
  if (air_get_session(runner, connect.model_name, &session) != AIR_OK || air_get_info(session, &info) != AIR_OK) {
    fail("model");
    air_disconnect(runner);
    return result;
  }
  air_buffer *inputs = calloc(info->n_inputs, sizeof *inputs);
  int complete = inputs != NULL;
  for (uint32_t i = 0; complete && i < info->n_inputs; ++i) {
    inputs[i].size_bytes = n_samples * info->inputs[i]->size_bytes;
    inputs[i].data = malloc(inputs[i].size_bytes);
    complete = inputs[i].data != NULL;
  }
  if (complete) result = profile(session, n_samples, inputs, info->n_inputs);
  for (uint32_t i = 0; inputs != NULL && i < info->n_inputs; ++i) free(inputs[i].data);
  free(inputs);
  air_disconnect(runner);
  return result;
}
)";

std::string mode_text(uint32_t mode) {
  constexpr std::pair<uint32_t, const char *> names[] = {{AIR_MODE_PER_LAYER, "AIR_MODE_PER_LAYER"},
                                                         {AIR_MODE_PER_LAYER_WITH_DATA, "AIR_MODE_PER_LAYER_WITH_DATA"},
                                                         {AIR_MODE_FIXED_INPUT, "AIR_MODE_FIXED_INPUT"},
                                                         {AIR_MODE_PERF_ONLY, "AIR_MODE_PERF_ONLY"},
                                                         {AIR_MODE_DEBUG, "AIR_MODE_DEBUG"}};
  std::string text;
  for (const auto &[bit, name] : names) {
    if ((mode & bit) != 0) text += (text.empty() ? "" : " | ") + std::string(name);
  }
  return text.empty() ? "AIR_MODE_IO_ONLY" : text;
}

std::string io_text(uint32_t io_mode) {
  constexpr const char *names[] = {"AIR_IO_STORAGE", "AIR_IO_QUANTIZE", "AIR_IO_DEQUANTIZE",
                                   "AIR_IO_QUANTIZE | AIR_IO_DEQUANTIZE"};
  return names[io_mode & 3];
}

std::string random_text(const Options &options) {
  std::string text = fmt::format("  random.seed = {}u;", options.seed);
  if (!options.range.empty()) {
    text += fmt::format("\n  random.has_range = 1;\n  random.low = {};\n  random.high = {};", options.range[0],
                        options.range[1]);
  }
  return text;
}

std::string connect_text(const Options &options) {
  std::string text = fmt::format("  connect.timeout_ms = {};", options.timeout_ms());
  if (!options.model.empty()) text += fmt::format("\n  connect.model_name = {};", literal(options.model));
  if (options.backend_options.empty()) return text;
  std::string pairs;
  for (const std::string &option : options.backend_options) {
    const size_t sign = option.find('=');
    pairs += fmt::format("{}{{{}, {}}}", pairs.empty() ? "" : ", ", literal(option.substr(0, sign)),
                         literal(option.substr(sign + 1)));
  }
  return text + fmt::format(
                    "\n  const air_option options[] = {{{}}};\n  connect.options = options;\n  connect.n_options = {};",
                    pairs, options.backend_options.size());
}

}  // namespace

std::string program_c(const Options &options, const air_invoke_options &invoke) {
  return filled(kProgram, {{"RANDOM", random_text(options)},
                           {"MODE", mode_text(invoke.mode)},
                           {"IO", io_text(invoke.io_mode)},
                           {"TIMEOUT", std::to_string(invoke.timeout_ms)},
                           {"WARMUP", std::to_string(invoke.warmup)},
                           {"REPEAT", std::to_string(invoke.repeat)},
                           {"BATCH", std::to_string(options.batch.value_or(10))},
                           {"CONNECT", connect_text(options)},
                           {"DESCRIPTOR", literal(options.descriptor)}});
}

}  // namespace air::cli
