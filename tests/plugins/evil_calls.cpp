// SPDX-License-Identifier: BSD-3-Clause
// Calls that no command makes, to the plugin that misbehaves: evil-calls <file of the plugin> <call>. Prints the error, and fails unless the runner
// can be used afterwards.
#include <airunner.h>

#include <array>
#include <cstdio>
#include <string_view>

namespace {

constexpr std::array<float, 4> kInput = {1, 2, 3, 4};

air_status invoke(air_session *session, const air_given *given) {
  const air_input input = {
      .data = kInput.data(), .size_bytes = sizeof(kInput), .shape = nullptr, .rank = 0, .dtype = AIR_DTYPE_NONE};
  std::array<float, 4> values{};
  const air_output output = {values.data(), sizeof(values)};
  air_invoke_options options{};
  options.struct_size = sizeof(options);
  options.given = given;
  options.n_given = given == nullptr ? 0 : 1;
  const air_status status = air_invoke(session, 1, &input, 1, &output, 1, &options, nullptr, nullptr);
  if (status != AIR_OK || values == kInput) return status;
  air_set_error(AIR_ERROR_INTERNAL, 0, "other outputs");
  return AIR_ERROR_INTERNAL;
}

air_status never_called(void *, const void *, air_connection *) {
  std::puts("the body was called");
  return AIR_OK;
}

air_status throws(void *, const void *, air_connection *) {
  throw 42;
}

air_status call(std::string_view what, air_runner *runner, air_session *session) {
  const uint32_t node = 0;
  if (what == "prepare" || what == "limited") return air_prepare(session, &node, 1, nullptr);
  if (what == "given") {
    const air_given given = {0, 0, kInput.data(), sizeof(kInput)};
    const air_status status = air_prepare(session, &node, 1, nullptr);
    return status != AIR_OK ? status : invoke(session, &given);
  }
  if (what == "body") return air_use_extension(runner, "evil", nullptr, throws, nullptr);
  if (what == "extension") {
    if (air_has_extension(runner, "evil") != 0) std::puts("it has the extension");
    return air_use_extension(runner, "evil", nullptr, never_called, nullptr);
  }
  air_input_set *set = nullptr;
  const air_status status = air_make_inputs(session, 3, &set);
  air_free_inputs(set);
  return status;
}

}  // namespace

int main(int, char **words) {
  const char *paths[] = {words[1]};
  air_connect_options options{};
  options.struct_size = sizeof(options);
  options.plugin_paths = paths;
  options.n_plugin_paths = 1;
  options.timeout_ms = std::string_view(words[2]) == "limited" ? 300 : 0;
  air_runner *runner = nullptr;
  air_session *session = nullptr;
  if (air_connect("evil:", &options, &runner) != AIR_OK || air_get_session(runner, nullptr, &session) != AIR_OK) {
    std::printf("no connection: %s\n", air_last_error()->message);
    return 1;
  }
  const air_status status = call(words[2], runner, session);
  std::printf("[%s] %s\n", air_status_name(status), status == AIR_OK ? "" : air_last_error()->message);
  if (invoke(session, nullptr) != AIR_OK) {
    std::printf("no run afterwards: %s\n", air_last_error()->message);
    return 1;
  }
  return air_disconnect(runner) == AIR_OK ? 0 : 1;
}
