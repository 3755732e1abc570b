// SPDX-License-Identifier: BSD-3-Clause
// The C program that does what `airunner profile` does.
#include <fmt/format.h>

#include "cli/outputs/program.h"

namespace air::cli {
namespace {

constexpr const char *kProgram = R"(/* Profiles a model as `airunner profile` does. Build and run:
 *   cc program.c $(pkg-config --cflags --libs airunner-report) -o program && ./program */
#include <airunner_report.h>
#include <stdio.h>
#include <stdlib.h>

static int fail(const char *step) {
  const air_error *error = air_last_error();
  fprintf(stderr, "%s: [%s] %s\n", step, air_status_name(error->status), error->message);
  for (uint32_t i = 0; i < error->n_causes; ++i) fprintf(stderr, "  %s\n", error->causes[i]);
  return EXIT_FAILURE;
}

static int report(const air_result *result) {
  const air_text_options layout = {.struct_size = sizeof layout, .width = 80};
  char *text = NULL;
  if (air_result_to_text(result, &layout, &text) != AIR_OK) return fail("report");
  fputs(text, stdout);
  air_free_text(text);
  return EXIT_SUCCESS;
}

static int profile(air_session *session, uint64_t n_samples) {
  const air_random random = {@RANDOM@};
  air_input_set *inputs = NULL;
  if (air_make_random_inputs(session, n_samples, &random, &inputs) != AIR_OK) return fail("make inputs");

  const air_invoke_options invoke = {
      .struct_size = sizeof invoke,
      .mode = @MODE@,
      .io_mode = @IO@,
      .timeout_ms = @TIMEOUT@,
      .warmup = @WARMUP@,
      .repeat = @REPEAT@,
  };
  const air_result *result = NULL;
  const air_status status =
      air_invoke(session, n_samples, inputs->inputs, inputs->n, NULL, 0, &invoke, NULL, &result);
  const int exit_code = status == AIR_OK ? report(result) : fail("invoke");
  air_release_result(result);
  air_free_inputs(inputs);
  return exit_code;
}

int main(void) {
@OPTIONS@  const air_connect_options connect = {
      .struct_size = sizeof connect,
      .timeout_ms = @TIMEOUT@,
@CONNECT@  };
  air_runner *runner = NULL;
  if (air_connect(@DESCRIPTOR@, &connect, &runner) != AIR_OK) return fail("connect");

  air_session *session = NULL;
  const air_status status = air_get_session(runner, connect.model_name, &session);
  const int exit_code = status == AIR_OK ? profile(session, @BATCH@) : fail("model");
  air_disconnect(runner);
  return exit_code;
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
  std::string text = fmt::format(".seed = {}u", options.seed.value_or(kSeed));
  if (!options.range.empty()) {
    text += fmt::format(", .has_range = 1, .low = {}, .high = {}", options.range[0], options.range[1]);
  }
  return text;
}

std::string options_text(const Options &options) {
  if (options.backend_options.empty()) return "";
  std::string pairs;
  for (const std::string &option : options.backend_options) {
    const size_t sign = option.find('=');
    pairs += fmt::format("{}{{{}, {}}}", pairs.empty() ? "" : ", ", literal(option.substr(0, sign)),
                         literal(option.substr(sign + 1)));
  }
  return fmt::format("  const air_option options[] = {{{}}};\n", pairs);
}

// Further members of the options of connecting.
std::string connect_text(const Options &options) {
  std::string text;
  if (!options.model.empty()) text += fmt::format("      .model_name = {},\n", literal(options.model));
  if (!options.backend_options.empty()) {
    text += fmt::format("      .options = options,\n      .n_options = {},\n", options.backend_options.size());
  }
  return text;
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
                           {"OPTIONS", options_text(options)},
                           {"CONNECT", connect_text(options)},
                           {"DESCRIPTOR", literal(options.descriptor)}});
}

}  // namespace air::cli
