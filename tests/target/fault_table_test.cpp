// SPDX-License-Identifier: BSD-3-Clause
// Every fault of `airunner serve` at every step that it can concern: the right error or a right result, in time, and afterwards a run on
// the healthy target works. AIRUNNER_TEST_ONLY=<part of a name> tries some of them, AIRUNNER_TEST_NOT=<part of a name> leaves some out; several
// parts stand between bars.
#include <doctest/doctest.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <set>
#include <sstream>
#include <thread>

#include "fault_cases.h"
#include "server_process.h"
#include "session.h"

using namespace air::test;

namespace {

constexpr double kLongestMs =
    20'000;  // for one call: what docs/target.md promises for connecting; nearly all take a second at most
constexpr uint32_t kConnectLimitMs = 4'000;
constexpr auto kPause = std::chrono::milliseconds(50);
constexpr size_t kAtOnce = 24;  // most of the time is waiting

struct Setup {
  const char *listen;
  uint32_t generation;
  uint32_t packet;

  bool is_terminal() const { return std::string_view(listen) == "pty"; }
};

constexpr Setup kPlain = {"tcp:127.0.0.1:0", 3, 32};
constexpr std::array<Setup, 6> kOthers = {{{"pty", 3, 32},
                                           {"tcp:127.0.0.1:0", 2, 32},
                                           {"pty", 2, 32},
                                           {"tcp:127.0.0.1:0", 3, 382},
                                           {"pty", 3, 382},
                                           {"tcp:127.0.0.1:0", 4, 4094}}};

struct Case {
  const FaultRow *row;
  Step step;
  Setup setup;

  bool has(FaultNote note) const { return (row->notes & note) != 0; }
  bool dies_silently() const { return has(kDies) && setup.is_terminal(); }
  // A server on a busy machine may notice late that the client before has left a terminal: then what the next one writes is lost.
  uint32_t attempts() const { return setup.is_terminal() ? 3 : 1; }
  bool waits() const { return has(kShort) || dies_silently() || has_limit(); }
  bool has_limit() const { return step == kSync && row->status == AIR_ERROR_TIMEOUT; }
  std::string fault() const {
    const char *where = step_info(step).where;
    return fmt::format("{}{}{}", row->fault, *where == '\0' ? "" : "@", where);
  }
  std::string name() const {
    return fmt::format("{}{}{} on {}, generation {}, packets of {}", fault(), row->more != nullptr ? " " : "",
                       row->more != nullptr ? row->more : "", setup.listen, setup.generation, setup.packet);
  }
  std::vector<std::string> arguments() const {
    std::vector<std::string> words = {"null:",
                                      "--listen",
                                      setup.listen,
                                      "--generation",
                                      std::to_string(setup.generation),
                                      "--packet",
                                      std::to_string(setup.packet),
                                      "--fault",
                                      "clients=1",
                                      "--fault",
                                      fault()};
    if (row->more != nullptr) words.insert(words.end(), {"--fault", row->more});
    return words;
  }
  std::string options() const {
    std::string options;
    if (has(kShort) || dies_silently()) options += "&timeout=1";
    // Looking for the flavour takes sync bytes too.
    if (has(kWhileSending) && setup.generation == 2) options += "&variant=a";
    if (!options.empty()) options.front() = '?';
    return options;
  }
};

// What the model gives when it is used directly.
const std::vector<std::vector<std::byte>> &right_outputs() {
  static const std::vector<std::vector<std::byte>> outputs = [] {
    Client direct("null:");
    direct.run();
    return direct.outputs();
  }();
  return outputs;
}

std::string check_result(const Client &client, air_status status, uint32_t n_nodes) {
  if (status != AIR_OK) return fmt::format("{}: {}", air_status_name(status), error_text());
  if (client.outputs() != right_outputs()) return "wrong outputs";
  return client.n_nodes() == n_nodes ? "" : fmt::format("{} nodes", client.n_nodes());
}

bool names_step(const Case &one, const std::string &text) {
  if (one.has(kNamesPart)) return true;
  const auto names = [&](const char *doing) { return text.find(fmt::format("while {}", doing)) != std::string::npos; };
  if (one.has(kWhileSending)) return names("sending an input tensor") || names(step_info(kInputAck).doing);
  if (names(step_info(one.step).doing)) return true;
  return one.has(kShowsLater) &&
         (names(step_info(static_cast<Step>(one.step + 1)).doing) || names("sending") || names("acknowledging"));
}

std::string check_error(const Case &one, air_status status, const std::string &text) {
  air_status expected = one.row->status;
  const char *part = one.row->text;
  if (one.dies_silently()) {
    expected = one.step == kSync ? AIR_ERROR_NO_ANSWER : AIR_ERROR_TIMEOUT;
    part = one.step == kSync ? "Invalid firmware" : "STM32 - read timeout";
  }
  if (status != expected) {
    return fmt::format("{} in place of {}: {}", air_status_name(status), air_status_name(expected), text);
  }
  if (text.find(part) == std::string::npos) return fmt::format("text without \"{}\": {}", part, text);
  const bool is_named = expected == AIR_ERROR_NO_ANSWER || names_step(one, text);
  return is_named ? "" : fmt::format("text does not name the step: {}", text);
}

std::string check_time(const Case &one, const char *what, double start) {
  const double ms = now_ms() - start;
  return one.has(kMany) || ms < kLongestMs ? "" : fmt::format("{} took {:.0f} ms", what, ms);
}

// The same runner goes on where the link is still there, and after air_reconnect() in any case.
std::string check_recovery(const Case &one, Client &client) {
  if (one.has(kInRun)) return "";  // these models are another ones after the fault
  if (one.has(kWhenIdle)) std::this_thread::sleep_for(kPause);
  if (!one.has(kGone) && one.row->notes != kHasTexts) {
    const std::string wrong = check_result(client, client.run(AIR_MODE_PER_LAYER_WITH_DATA), 4);
    if (!wrong.empty() && !one.has(kNoNodes)) return "the next run: " + wrong;
  }
  air_status status = air_reconnect(client.runner, nullptr);
  for (uint32_t i = 1; status != AIR_OK && i < one.attempts(); ++i) status = air_reconnect(client.runner, nullptr);
  if (status != AIR_OK) return "reconnecting: " + error_text();
  const std::string wrong = check_result(client, client.run(AIR_MODE_PER_LAYER_WITH_DATA), 4);
  return wrong.empty() ? "" : "the run after reconnecting: " + wrong;
}

std::string run_on_faulty(const Case &one, const std::string &descriptor) {
  const bool in_connect = (one.step <= kEndOfModels || one.step == kAgain) && !one.has(kInRun);
  double start = now_ms();
  Client client(descriptor + one.options(), one.has_limit() ? kConnectLimitMs : kLongestConnectMs);
  if (std::string late = check_time(one, "connecting", start); !late.empty()) return late;
  const bool is_error = one.row->status != AIR_OK && !(one.has(kMayPass) && client.status == AIR_OK);
  if (client.status != AIR_OK) {
    if (is_error && (in_connect || one.step == kAnywhere)) return check_error(one, client.status, error_text());
    return fmt::format("connecting: {}: {}", air_status_name(client.status), error_text());
  }
  if (is_error && in_connect) return "connecting went well";
  if (one.has(kWhenIdle)) std::this_thread::sleep_for(kPause);
  start = now_ms();
  const air_status status = client.run(AIR_MODE_PER_LAYER_WITH_DATA);
  if (std::string late = check_time(one, "running", start); !late.empty()) return late;
  std::string wrong =
      is_error ? check_error(one, status, error_text()) : check_result(client, status, one.has(kNoNodes) ? 0 : 4);
  return wrong.empty() ? check_recovery(one, client) : wrong;
}

std::string run_case(const Case &one, ServerProcess &server) {
  const std::string descriptor = server.descriptor();
  if (descriptor.empty()) return "the server never was ready: " + server.end();
  std::string wrong = run_on_faulty(one, descriptor);
  if (!wrong.empty()) return wrong;
  for (uint32_t i = 0; i < one.attempts(); ++i) {
    Client next(descriptor);
    wrong = check_result(next, next.run(AIR_MODE_PER_LAYER_WITH_DATA), 4);
    if (next.status == AIR_OK) break;
  }
  return wrong.empty() ? "" : "the next client: " + wrong;
}

bool concerns(const Case &one) {
  return !one.has(kMany) && (!one.has(kSmallPackets) || one.setup.packet == 32);
}

std::vector<Case> all_cases() {
  std::vector<Case> cases;
  size_t number = 0;
  for (const FaultRow &row : fault_rows()) {
    for (uint32_t step = 0; step < kSteps; ++step) {
      if ((row.steps & at(static_cast<Step>(step))) == 0) continue;
      cases.push_back({&row, static_cast<Step>(step), kPlain});
      const Case other = {&row, static_cast<Step>(step), kOthers[number++ % kOthers.size()]};
      if (concerns(other)) cases.push_back(other);
    }
  }
  return cases;
}

// Whether the name of the case has one of the parts in a variable of the environment, if that is set.
bool names_one_of(const char *variable, const Case &one, bool otherwise) {
  const char *parts = std::getenv(variable);
  if (parts == nullptr) return otherwise;
  std::istringstream words(parts);
  for (std::string part; std::getline(words, part, '|');) {
    if (one.name().find(part) != std::string::npos) return true;
  }
  return false;
}

// Servers are started before and ended after, so that no child is born with a connection of a case.
void run_batch(std::span<const Case> cases) {
  std::vector<std::unique_ptr<ServerProcess>> servers;
  for (const Case &one : cases) servers.push_back(std::make_unique<ServerProcess>(one.arguments()));
  std::vector<std::string> failures(cases.size());
  std::vector<std::thread> threads;
  for (size_t i = 0; i < cases.size(); ++i) {
    threads.emplace_back([&, i] { failures[i] = run_case(cases[i], *servers[i]); });
  }
  for (std::thread &thread : threads) thread.join();
  for (size_t i = 0; i < cases.size(); ++i) {
    CAPTURE(cases[i].name());
    CHECK_MESSAGE(failures[i].empty(), failures[i]);
    const std::string end = servers[i]->end();
    CHECK_MESSAGE(end.empty(), end);
  }
}

}  // namespace

TEST_CASE("the table has every fault that the server knows") {
  FILE *list = popen(fmt::format("{} serve --fault list", std::getenv("AIRUNNER_COMMAND")).c_str(), "r");
  REQUIRE(list != nullptr);
  std::set<std::string> known;
  for (char line[512]; std::fgets(line, sizeof(line), list) != nullptr;) {
    const std::string name = std::string(line).substr(0, std::string(line).find_first_of("[ \n"));
    if (!name.empty()) known.insert(name);
  }
  CHECK(pclose(list) == 0);
  CHECK(known.size() > 35);
  const auto strip = [](std::string_view fault) { return std::string(fault.substr(0, fault.find('='))); };
  for (const FaultRow &row : fault_rows()) {
    known.erase(strip(row.fault));
    if (row.more != nullptr) known.erase(strip(row.more));
  }
  known.erase("clients");     // in every case
  known.erase("keep-state");  // below
  CHECK_MESSAGE(known.empty(), fmt::format("no row of: {}", fmt::join(known, ", ")));
}

TEST_CASE("every fault at every step") {
  REQUIRE(right_outputs().size() == 2);
  const std::vector<Case> all = all_cases();
  std::vector<Case> cases;
  std::copy_if(all.begin(), all.end(), std::back_inserter(cases), [](const Case &one) {
    return names_one_of("AIRUNNER_TEST_ONLY", one, true) && !names_one_of("AIRUNNER_TEST_NOT", one, false);
  });
  REQUIRE(!cases.empty());
  std::stable_partition(cases.begin(), cases.end(), [](const Case &one) { return one.waits(); });  // they wait together
  const size_t before = open_files();
  for (size_t i = 0; i < cases.size(); i += kAtOnce) {
    run_batch(std::span(cases).subspan(i, std::min(kAtOnce, cases.size() - i)));
  }
  CHECK(open_files() == before);
}
