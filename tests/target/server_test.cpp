// SPDX-License-Identifier: BSD-3-Clause
// Against `airunner serve`: the same results as the model used directly, and the services of the target.
#include <doctest/doctest.h>
#include <unistd.h>

#include <filesystem>
#include <string>
#include <vector>

#include "airunner_st.h"
#include "common/descriptor_text.h"
#include "server_process.h"
#include "session.h"
#include "wire/checksum.h"

using air::test::Client;
using air::test::error_text;
using air::test::kLongestConnectMs;
using air::test::ServerProcess;

namespace {

// Names and outputs of the nodes of the last run.
std::vector<std::string> nodes_of(const Client &client, bool with_data) {
  std::vector<std::string> nodes;
  for (uint32_t i = 0; i < client.n_nodes(); ++i) {
    const air_node &node = *air_get_result_model(client.result.get())->nodes[i];
    std::string text = node.name;
    const auto outputs = client.outputs_of(i);
    REQUIRE(outputs.size() == (with_data ? node.n_outputs : 0));
    for (const auto &bytes : outputs) text.append(reinterpret_cast<const char *>(bytes.data()), bytes.size());
    nodes.push_back(text);
  }
  return nodes;
}

void check_same_as_direct(const std::vector<std::string> &words) {
  ServerProcess server(words);
  Client served(server.descriptor());
  REQUIRE_MESSAGE(served.status == AIR_OK, error_text());
  Client direct("null:");
  for (const uint32_t mode :
       {AIR_MODE_IO_ONLY, AIR_MODE_PER_LAYER, AIR_MODE_PER_LAYER_WITH_DATA, AIR_MODE_FIXED_INPUT}) {
    CAPTURE(mode);
    REQUIRE_MESSAGE(served.run(mode) == AIR_OK, error_text());
    REQUIRE(direct.run(mode) == AIR_OK);
    CHECK(served.outputs() == direct.outputs());
    const air_profile &profile = served.profile();
    CHECK(profile.link_ms > 0);
    CHECK(profile.device_ms + profile.link_ms <= profile.host_ms);
    const bool with_data = mode == AIR_MODE_PER_LAYER_WITH_DATA;
    CHECK(nodes_of(served, with_data) == nodes_of(direct, with_data));
  }
}

}  // namespace

TEST_CASE("a served model gives what it gives directly") {
  for (const char *listen : {"tcp:127.0.0.1:0", "pty"}) {
    for (const char *generation : {"2", "3", "4"}) {
      CAPTURE(generation);
      check_same_as_direct({"null:", "--listen", listen, "--generation", generation});
    }
    check_same_as_direct({"null:", "--listen", listen, "--packet", "382"});
    check_same_as_direct({"null:", "--listen", listen, "--generation", "4", "--packet", "4094"});
  }
}

TEST_CASE("memory is read back as written, and the checksum agrees") {
  ServerProcess server({"null:", "--listen", "tcp:127.0.0.1:0", "--memory", "--self-test"});
  Client client(server.descriptor());
  REQUIRE((client.model().capabilities & AIR_CAP_MEMORY_RW) != 0);
  uint32_t flag = 0;
  REQUIRE_MESSAGE(air_st_self_test(client.runner, 500, 0, 0, nullptr, &flag) == AIR_OK, error_text());
  std::vector<uint8_t> written(700);
  for (size_t i = 0; i < written.size(); ++i) written[i] = static_cast<uint8_t>(i * 31);
  REQUIRE_MESSAGE(air_st_memory_write(client.runner, 0, written.data(), written.size(), nullptr) == AIR_OK,
                  error_text());
  std::vector<uint8_t> read(written.size());
  REQUIRE_MESSAGE(air_st_memory_read(client.runner, 0, read.data(), read.size(), nullptr) == AIR_OK, error_text());
  CHECK(read == written);
  uint32_t sum = 0;
  REQUIRE_MESSAGE(air_st_memory_checksum(client.runner, 0, written.size(), nullptr, &sum) == AIR_OK, error_text());
  CHECK(sum == air::wire::rotating_checksum(std::as_bytes(std::span(written))));
  CHECK(air_st_memory_read(client.runner, uint64_t{1} << 32, read.data(), 1, nullptr) == AIR_ERROR_INVALID_ARGUMENT);
  CHECK(client.run() == AIR_OK);
}

TEST_CASE("self tests") {
  ServerProcess server({"null:", "--listen", "tcp:127.0.0.1:0", "--self-test"});
  std::string lines;
  Client client(server.descriptor(), kLongestConnectMs, &lines);
  uint32_t value = 0;
  CHECK_MESSAGE(air_st_self_test(client.runner, 2, 0, 0, nullptr, &value) == AIR_OK, error_text());
  CHECK(lines.find("[TARGET:5] Hello..") != std::string::npos);
  CHECK_MESSAGE(air_st_self_test(client.runner, 4, 0, 0, nullptr, &value) == AIR_OK, error_text());
  for (const uint32_t size : {1U, 31U, 32U, 33U, 1024U}) {
    for (const uint32_t test : {30U, 40U, 50U}) {
      CAPTURE(test);
      CHECK_MESSAGE(air_st_self_test(client.runner, test, size, 1, nullptr, &value) == AIR_OK, error_text());
    }
  }
  CHECK_MESSAGE(air_st_self_test(client.runner, 20, 0, 1, nullptr, &value) == AIR_OK, error_text());
  CHECK(value == 55);
  CHECK_MESSAGE(air_st_self_test(client.runner, 100, 3, 9, nullptr, &value) == AIR_OK, error_text());
  CHECK(air_st_self_test(client.runner, 1, 0, 0, nullptr, &value) == AIR_ERROR_TARGET);
  CHECK(air_st_self_test(client.runner, 30, 2000, 0, nullptr, &value) == AIR_ERROR_TARGET);
  CHECK(air_st_self_test(client.runner, 9999, 0, 0, nullptr, &value) == AIR_ERROR_TARGET);
  CHECK(client.run() == AIR_OK);
}

TEST_CASE("a target without a service says so") {
  ServerProcess server({"null:", "--listen", "tcp:127.0.0.1:0"});
  Client client(server.descriptor());
  uint32_t value = 0;
  CHECK(air_st_self_test(client.runner, 0, 0, 0, nullptr, &value) == AIR_ERROR_UNSUPPORTED);
  CHECK(air_st_memory_read(client.runner, 0, &value, 1, nullptr) == AIR_ERROR_UNSUPPORTED);
}

TEST_CASE("a failing network fails the same way, and the target stays usable") {
  ServerProcess server({"null:?fail_at=2", "--listen", "tcp:127.0.0.1:0"});
  Client client(server.descriptor());
  for (int i = 0; i < 2; ++i) CHECK(client.run() == AIR_ERROR_RUN_FAILED);
}

TEST_CASE("the canonical descriptor of a port connects again, whatever its name holds") {
  ServerProcess server({"null:", "--listen", "pty"});
  const std::string text = server.descriptor();  // serial:/dev/pts/4:921600
  const size_t colon = text.rfind(':');
  const std::filesystem::path port = text.substr(text.find('/'), colon - text.find('/'));
  const std::filesystem::path link =
      std::filesystem::temp_directory_path() / ("airunner port%20&a?b#" + std::to_string(getpid()));
  std::filesystem::remove(link);
  std::filesystem::create_symlink(port, link);
  std::string canonical;
  {
    const Client first("serial:" + air::encode_descriptor_text(link.string()) + text.substr(colon));
    REQUIRE_MESSAGE(first.status == AIR_OK, error_text());
    canonical = first.model().descriptor;
  }
  CHECK(canonical.find("/airunner%20port%2520%26a%3Fb#" + std::to_string(getpid()) + ":") != std::string::npos);
  const Client again(canonical);
  CHECK_MESSAGE(again.status == AIR_OK, error_text());
  std::filesystem::remove(link);
}

TEST_CASE("logs of a debug run reach the log function") {
  ServerProcess server({"null:", "--listen", "pty"});
  std::string lines;
  Client client(server.descriptor(), kLongestConnectMs, &lines);
  REQUIRE(client.run(AIR_MODE_DEBUG) == AIR_OK);
  CHECK(lines.find("[TARGET:1] ") != std::string::npos);
}

TEST_CASE("statistics of the nodes of a Neural-ART target") {
  ServerProcess server({"null:", "--listen", "pty", "--personality", "neural-art"});
  Client client(server.descriptor());
  REQUIRE_MESSAGE(client.status == AIR_OK, error_text());
  CHECK(std::string(air_get_property(&client.model(), "runtime")).starts_with("ST Neural ART"));
  REQUIRE(client.run(AIR_MODE_PER_LAYER) == AIR_OK);
  REQUIRE(client.n_nodes() == 4);
  CHECK(std::string(air_get_note(client.result.get(), 0, 0)).starts_with("evt_pre_start:"));
}
