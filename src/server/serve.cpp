// SPDX-License-Identifier: BSD-3-Clause
// `airunner serve`: models of any backend offered over the target protocol.
#include "server/serve.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <functional>
#include <iterator>
#include <stdexcept>

#include "platform/processes/ending.h"
#include "platform/streams/streams.h"
#include "platform/threads/clock.h"
#include "server/faults/crash.h"
#include "server/faults/respawn.h"
#include "server/target.h"

namespace air::server {
namespace {

enum ExitCode : int { kOk = 0, kFailed = 1, kUsage = 2, kNotConnected = 3 };

struct NotConnected : std::runtime_error {
  NotConnected(const std::string &text, air_status status) : std::runtime_error(text), status(status) {}
  air_status status;
};

void print_log(void *, air_log_level, const char *message) {
  note(message);
}

Runner connect(const std::string &descriptor, const ServeOptions &options, const Shutdown &shutdown) {
  std::vector<const char *> paths;
  for (const std::string &path : options.plugin_paths) paths.push_back(path.c_str());
  const air_log log = {.line = &print_log,
                       .level = options.verbosity == 0   ? AIR_LOG_WARNING
                                : options.verbosity == 1 ? AIR_LOG_INFO
                                                         : AIR_LOG_DEBUG};
  const air_connect_options connect = {.struct_size = sizeof(connect),
                                       .token = shutdown.token(),
                                       .plugin_paths = paths.data(),
                                       .log = &log,
                                       .n_plugin_paths = static_cast<uint32_t>(paths.size())};
  air_runner *runner = nullptr;
  const InModel connecting(descriptor.c_str());
  if (air_connect(descriptor.c_str(), &connect, &runner) == AIR_OK) return Runner(runner);
  if (shutdown.requested()) throw Stopped();
  const air_error &error = *air_last_error();
  std::string text = fmt::format("{}: {}", descriptor.empty() ? "the empty descriptor" : descriptor, error.message);
  for (uint32_t i = 0; i < error.n_causes; ++i) text += fmt::format("\n  {}", error.causes[i]);
  throw NotConnected(text, error.status);
}

// A model that is there and cannot be used leaves the others on offer; a slip in the command line ends it.
std::vector<Runner> connect_all(const ServeOptions &options, const Shutdown &shutdown) {
  std::vector<Runner> runners;
  std::vector<NotConnected> unusable;
  for (const std::string &descriptor : options.descriptors) {
    try {
      runners.push_back(connect(descriptor, options, shutdown));
    } catch (const NotConnected &error) {
      constexpr air_status kUnusable[] = {AIR_ERROR_INVALID_MODEL, AIR_ERROR_UNSUPPORTED, AIR_ERROR_WEIGHTS};
      if (std::find(std::begin(kUnusable), std::end(kUnusable), error.status) == std::end(kUnusable)) throw;
      unusable.push_back(error);
    }
  }
  if (runners.empty() && unusable.size() == 1) throw unusable[0];
  for (const NotConnected &error : unusable) note(fmt::format("not offered: {}", error.what()));
  if (runners.empty()) throw NotConnected("none of the models can be used", unusable[0].status);
  return runners;
}

constexpr std::chrono::minutes kLongestIdle{10};

bool listens_on_tcp(const ServeOptions &options) {
  return options.listen.starts_with("tcp:");
}

void check_options(const ServeOptions &options) {
  constexpr uint32_t kOldest = 2;
  constexpr uint32_t kNewest = 4;
  if (options.descriptors.empty()) throw std::invalid_argument("nothing to serve: name a descriptor, such as null:");
  if (options.generation < kOldest || options.generation > kNewest) {
    throw std::invalid_argument(fmt::format("--generation {}: expected 2, 3 or 4", options.generation));
  }
  if (options.idle_timeout && !listens_on_tcp(options)) {
    throw std::invalid_argument("--idle-timeout is for --listen tcp:... : nobody else can be given another port");
  }
  const wire::Framing framing = {options.generation == kOldest ? wire::Flavour::A : wire::Flavour::B, options.packet};
  if (!framing.valid()) {
    throw std::invalid_argument(
        fmt::format("--packet {}: expected 32 to 4094, and 32 with generation 2", options.packet));
  }
}

const Personality &personality(const ServeOptions &options) {
  if (const Personality *found = find_personality(options.personality)) return *found;
  std::vector<std::string_view> names;
  for (const Personality &known : personalities()) names.push_back(known.name);
  throw std::invalid_argument(
      fmt::format("--personality {}: expected one of {}", options.personality, fmt::join(names, ", ")));
}

Faults parse_faults(const ServeOptions &options) {
  Faults faults;
  for (const std::string &fault : options.faults) faults.add(fault);
  return faults;
}

ChannelOptions channel_options(const ServeOptions &options, const Faults &faults) {
  ChannelOptions channel;
  if (options.line_rate != 0 || options.turnaround.count() != 0) {
    channel.line.emplace(options.line_rate, options.turnaround);
    let_sleeps_be_exact();
  }
  channel.outlives_clients = faults.given(FaultKind::KeepState).has_value();
  if (listens_on_tcp(options)) channel.longest_idle = options.idle_timeout.value_or(kLongestIdle);
  channel.byte_pause = std::chrono::microseconds(faults.given(FaultKind::Slow).value_or(0));
  return channel;
}

// Connects, and serves whoever comes to the port. `ready` is called once a client can come.
void serve_models_at(const std::function<Port &()> &port_of, const ServeOptions &options,
                     const std::function<void()> &ready) {
  Faults faults = parse_faults(options);
  const Shutdown shutdown;
  tell_crashes(options.respawn ? "" : "; with --respawn the server would start anew");
  const std::vector<Runner> runners = connect_all(options, shutdown);
  constexpr uint32_t kFirstWithPacketSizes = 3;
  const Personality &resembled = personality(options);
  std::deque<ServedModel> models = serve_models(runners, resembled, options.generation >= kFirstWithPacketSizes);
  Channel channel(port_of(), shutdown, channel_options(options, faults));
  const TargetOptions target_options = {options.generation, options.packet, options.memory, options.self_test,
                                        options.once};
  Target target(models, resembled, target_options, channel, faults, shutdown);
  ready();
  target.serve();
}

template <class Work>
int exit_code_of(const Work &work) {
  try {
    return work();
  } catch (const Stopped &) {
    return kOk;
  } catch (const std::invalid_argument &error) {
    note(error.what());
    return kUsage;
  } catch (const NotConnected &error) {
    note(error.what());
    return kNotConnected;
  } catch (const std::exception &error) {
    note(error.what());
    return kFailed;
  }
}

int serve_all(const ServeOptions &options) {
  check_options(options);
  personality(options);
  const bool ignores_leave = parse_faults(options).given(FaultKind::KeepState).has_value();
  hold_ending_signals();
  std::unique_ptr<Port> port;  // opened when clients can come soon, or before what crashes
  const auto port_of = [&]() -> Port & {
    if (!port) port = open_port(options.listen, {options.line_rate, options.allow_remote, ignores_leave});
    return *port;
  };
  const auto announce = [&port] { print_result(fmt::format("ready: {}\n", port->descriptor())); };
  const auto serve_here = [&](const std::function<void()> &ready) {
    return exit_code_of([&] {
      serve_models_at(port_of, options, ready);
      return kOk;
    });
  };
  if (!options.respawn) return serve_here(announce);
  port_of();
  return keep_serving(serve_here, announce);
}

}  // namespace

int serve(const ServeOptions &options) {
  return exit_code_of([&] { return serve_all(options); });
}

}  // namespace air::server
