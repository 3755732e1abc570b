// SPDX-License-Identifier: BSD-3-Clause
// Which nodes read what others compute.
#include "report/reads.h"

#include <algorithm>
#include <map>
#include <span>
#include <string_view>

namespace air::report {
namespace {

// Tags are those of the tensor that is read; names may be used again, and then it is the latest before that counts.
struct Sources {
  std::map<std::string_view, uint32_t> by_tag, by_name;

  const uint32_t *find(const air_tensor &input) const {
    if (const auto found = by_tag.find(input.tag); found != by_tag.end()) return &found->second;
    const auto found = by_name.find(input.name);
    return found == by_name.end() ? nullptr : &found->second;
  }
};

bool is_of_model(const air_model &model, const air_tensor &tensor) {
  const std::string_view tag = tensor.tag, name = tensor.name;
  return std::ranges::any_of(std::span(model.inputs, model.n_inputs),
                             [&](const air_tensor *input) { return tag == input->tag || name == input->name; });
}

Reads reads_of(const air_model &model, const air_node &node, const Sources &sources) {
  if (node.n_inputs == 0) return {};
  std::vector<uint32_t> reads;
  for (const air_tensor *input : std::span(node.inputs, node.n_inputs)) {
    if (const uint32_t *source = sources.find(*input)) {
      reads.push_back(*source);
    } else if (!is_of_model(model, *input)) {
      return {};
    }
  }
  std::ranges::sort(reads);
  reads.erase(std::unique(reads.begin(), reads.end()), reads.end());
  return reads;
}

}  // namespace

std::vector<Reads> reads_of_nodes(const air_model &model) {
  std::vector<Reads> all;
  Sources sources;
  for (uint32_t i = 0; i < model.n_nodes; ++i) {
    const air_node &node = *model.nodes[i];
    all.push_back(reads_of(model, node, sources));
    for (const air_tensor *output : std::span(node.outputs, node.n_outputs)) {
      sources.by_tag.insert_or_assign(output->tag, i);
      if (*output->name != '\0') sources.by_name.insert_or_assign(output->name, i);
    }
  }
  return all;
}

}  // namespace air::report
