// SPDX-License-Identifier: BSD-3-Clause
// Checks of option only: nodes that are run alone, whichever runtime runs them.
#pragma once

#include <map>

#include "client.h"

namespace air::runtime::test {

// The values of a whole run, by name.
class Whole {
 public:
  Whole(std::string descriptor, const std::vector<Bytes> &inputs, uint64_t n_samples)
      : descriptor_(std::move(descriptor)), n_samples_(n_samples), client_(descriptor_) {
    client_.run(inputs, n_samples, AIR_MODE_PER_LAYER_WITH_DATA);
    for (size_t i = 0; i < inputs.size(); ++i) values_[client_.info().inputs[i]->name] = inputs[i];
    for (uint32_t node = 0; node < client_.nodes().size(); ++node) {
      for (uint32_t k = 0; k < client_.nodes()[node]->n_outputs; ++k)
        values_[client_.nodes()[node]->outputs[k]->name] = bytes_of(client_.node_values<std::byte>(node, k));
    }
  }

  uint32_t n_nodes() const { return static_cast<uint32_t>(client_.nodes().size()); }

  // Given what they received, they compute what they computed, bit for bit. Tells how many operators the part has.
  uint32_t check_alone(const std::string &options) { return check_model(descriptor_ + "&" + options); }
  uint32_t check_model(const std::string &descriptor) {
    CAPTURE(descriptor);
    Client part(descriptor);
    std::vector<Bytes> inputs;
    for (uint32_t i = 0; i < part.info().n_inputs; ++i) {
      REQUIRE_MESSAGE(values_.contains(part.info().inputs[i]->name), part.info().inputs[i]->name);
      inputs.push_back(values_[part.info().inputs[i]->name]);
    }
    std::vector<Bytes> expected;
    for (uint32_t i = 0; i < part.info().n_outputs; ++i) {
      REQUIRE_MESSAGE(values_.contains(part.info().outputs[i]->name), part.info().outputs[i]->name);
      expected.push_back(values_[part.info().outputs[i]->name]);
    }
    for (const uint32_t mode : {AIR_MODE_IO_ONLY, AIR_MODE_PER_LAYER_WITH_DATA})
      CHECK(part.run(inputs, n_samples_, mode) == expected);
    return part.info().n_nodes;
  }
  // One by one.
  void check_each() {
    for (uint32_t node = 0; node < n_nodes(); ++node) check_alone("only=#" + std::to_string(node));
  }

 private:
  const std::string descriptor_;
  const uint64_t n_samples_;
  Client client_;
  std::map<std::string, Bytes> values_;
};

// What is wrong with the options is told, for a model with the nodes `name` and others.
inline void check_refusals(const std::string &descriptor, const std::string &name) {
  struct Case {
    std::string options;
    const char *told;
  };
  const std::string there =
      descriptor.substr(descriptor.find(':') + 1, descriptor.find('?') - descriptor.find(':') - 1);
  for (const Case &c :
       {Case{"only=", "option only is empty"}, Case{"only=no_such", "there is no node 'no_such'; there is "},
        Case{"only=#999", "'#999' is no node: expected #0 to #"}, Case{"only=#x", "'#x' is no node"},
        Case{"only=" + name + ",", "there is no node ''"}, Case{"save=/tmp/new", "give option only or weights too"},
        Case{"only=" + name + "&save=", "option save is empty"},
        Case{"only=" + name + "&save=" + there, "is there already"}}) {
    CAPTURE(c.options);
    const Failure failure = Client::refusal(descriptor + "&" + c.options);
    CHECK(failure.status == AIR_ERROR_INVALID_DESCRIPTOR);
    CHECK_MESSAGE(failure.tells(c.told), failure.text);
  }
}

}  // namespace air::runtime::test
