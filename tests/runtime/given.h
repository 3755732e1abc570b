// SPDX-License-Identifier: BSD-3-Clause
// Checks what given values do to a model, whichever runtime runs it.
#pragma once

#include <malloc.h>
#include <unistd.h>

#include <fstream>
#include <numeric>
#include <set>

#include "../sanitized.h"
#include "client.h"

namespace air::runtime::test {

// For each node the nodes that read what it computes.
using Readers = std::vector<std::set<uint32_t>>;

class GivenCheck {
 public:
  GivenCheck(Client &client, std::vector<Bytes> inputs, uint64_t n_samples, Readers readers)
      : client_(client), inputs_(std::move(inputs)), n_samples_(n_samples), readers_(std::move(readers)) {
    expected_outputs_ = client_.run(inputs_, n_samples_, AIR_MODE_PER_LAYER_WITH_DATA);
    own_ = node_data();
    REQUIRE(readers_.size() == client_.nodes().size());
  }

  // A node that is given its own values changes nothing; zeros for one change what it is read by, where all others have their own values.
  void all_at_once() {
    REQUIRE((client_.info().capabilities & AIR_CAP_GIVEN) != 0);
    std::vector<uint32_t> nodes(readers_.size());
    std::iota(nodes.begin(), nodes.end(), 0u);
    REQUIRE_MESSAGE(client_.prepare(nodes) == AIR_OK, last_failure(AIR_OK).text);
    client_.give(own_);
    for (const uint32_t mode : {AIR_MODE_PER_LAYER_WITH_DATA, AIR_MODE_PER_LAYER, AIR_MODE_IO_ONLY})
      CHECK(client_.run(inputs_, n_samples_, mode) == expected_outputs_);
    client_.run(inputs_, n_samples_, AIR_MODE_PER_LAYER_WITH_DATA);
    CHECK(changed().empty());
    for (const uint32_t node : nodes) {
      CAPTURE(node);
      client_.give(with_zeros(node));
      client_.run(inputs_, n_samples_, AIR_MODE_PER_LAYER_WITH_DATA);
      check_changed(node, readers_[node]);
    }
    leave();
  }

  // Zeros for one node alone change all that follows.
  void one_by_one() {
    for (uint32_t node = 0; node < readers_.size(); ++node) {
      CAPTURE(node);
      REQUIRE_MESSAGE(client_.prepare({node}) == AIR_OK, last_failure(AIR_OK).text);
      std::vector<Given> zeros = with_zeros(node);
      std::erase_if(zeros, [node](const Given &given) { return given.node != node; });
      client_.give(zeros);
      client_.run(inputs_, n_samples_, AIR_MODE_PER_LAYER_WITH_DATA);
      std::set<uint32_t> following = readers_[node];
      for (uint32_t next = node + 1; next < readers_.size(); ++next) {
        if (following.contains(next)) following.insert(readers_[next].begin(), readers_[next].end());
      }
      check_changed(node, following);
    }
    leave();
  }

  // Nodes whose zeros changed something.
  size_t n_effective() const { return n_effective_; }

 private:
  std::vector<Given> node_data() const {
    std::vector<Given> data;
    for (uint32_t node = 0; node < client_.nodes().size(); ++node) {
      for (uint32_t k = 0; k < client_.nodes()[node]->n_outputs; ++k)
        data.push_back({node, k, bytes_of(client_.node_values<std::byte>(node, k))});
    }
    return data;
  }
  std::vector<Given> with_zeros(uint32_t node) const {
    std::vector<Given> given = own_;
    for (Given &one : given) {
      if (one.node == node) std::ranges::fill(one.data, std::byte{});
    }
    return given;
  }
  std::set<uint32_t> changed() const {
    std::set<uint32_t> nodes;
    const std::vector<Given> now = node_data();
    REQUIRE(now.size() == own_.size());
    for (size_t i = 0; i < now.size(); ++i) {
      if (now[i].data != own_[i].data) nodes.insert(now[i].node);
    }
    return nodes;
  }
  void check_changed(uint32_t node, const std::set<uint32_t> &may_change) {
    const std::set<uint32_t> nodes = changed();
    CHECK(std::ranges::includes(may_change, nodes));
    if (!nodes.empty()) ++n_effective_;
    CHECK(!nodes.contains(node));
  }
  void leave() {
    client_.give({});
    REQUIRE(client_.prepare({}) == AIR_OK);
    CHECK(client_.run(inputs_, n_samples_, AIR_MODE_PER_LAYER_WITH_DATA) == expected_outputs_);
    CHECK(changed().empty());
  }

  Client &client_;
  const std::vector<Bytes> inputs_;
  const uint64_t n_samples_;
  const Readers readers_;
  std::vector<Bytes> expected_outputs_;
  std::vector<Given> own_;
  size_t n_effective_ = 0;
};

// What this process has in memory now.
inline int64_t resident_bytes() {
  malloc_trim(0);
  int64_t all = 0, resident = 0;
  std::ifstream("/proc/self/statm") >> all >> resident;
  return resident * sysconf(_SC_PAGESIZE);
}

// Preparing a session again and again, also in vain, takes no more memory than preparing it some times.
inline void check_prepared_often(Client &client, const std::vector<uint32_t> &nodes, int times) {
  constexpr int64_t kMostGrowth = 1 << 20;
  const std::unique_ptr<air_token, decltype(&air_release_token)> token(air_make_token(), air_release_token);
  air_cancel(token.get());
  const auto prepare = [&] {
    REQUIRE_MESSAGE(client.prepare(nodes) == AIR_OK, last_failure(AIR_OK).text);
    REQUIRE(client.prepare(nodes, token.get()) == AIR_ERROR_CANCELLED);
  };
  for (int i = 0; i < times / 5; ++i) prepare();
  const int64_t before = resident_bytes();
  for (int i = 0; i < times; ++i) prepare();
  const int64_t growth = resident_bytes() - before;
  if (!AIR_TEST_SANITIZED) CHECK(growth < kMostGrowth);
}

}  // namespace air::runtime::test
