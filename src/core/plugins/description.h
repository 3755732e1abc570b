// SPDX-License-Identifier: BSD-3-Clause
// What a plugin says of its models, nodes and columns: read by the sizes that it gives, checked, completed, and made the library's own.
#pragma once

#include <string>
#include <vector>

#include "airunner_backend.h"
#include "core/plugins/plugin.h"
#include "core/values/model.h"

namespace air {

constexpr uint32_t kMostNodes = 1u << 20;
constexpr uint32_t kMostColumns = 1u << 10;

struct DescribedModel {
  ModelHolder model;  // without the nodes and columns, which may become more
  std::vector<KnownNode> nodes;
  std::vector<KnownColumn> columns;
  uint32_t layer_batch;
};

// All models of a connection. `descriptor` reaches them where the plugin does not say what does.
// These throw AIR_ERROR_INTERNAL, naming what is wrong.
std::vector<DescribedModel> describe_models(const Plugin &plugin, const air_connection_info *info,
                                            const std::string &descriptor);
KnownNode describe_node(const air_backend_node *node, uint32_t index);
KnownColumn describe_column(const air_backend_column *column);

}  // namespace air
