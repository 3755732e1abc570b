// SPDX-License-Identifier: BSD-3-Clause
// The model as a value: what a plugin or a caller says of it, copied, completed and checked.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "airunner.h"
#include "core/values/arena.h"
#include "core/values/counted.h"

namespace air {

// One node with the memory that it needs: nodes become known one after the other, and are shared by the models that list them.
struct KnownNode {
  std::shared_ptr<Arena> memory;
  const air_node *node = nullptr;
  std::vector<air_option> properties;  // that it brings along
};

struct KnownColumn {
  std::string name, unit, text;
  air_kind kind;
  bool per_node;
};

class Model : public air_model, public Counted<Model> {
 public:
  // Of parts that have been checked; everything that they and the properties refer to lies in `memory`.
  Model(const air_model &parts, std::shared_ptr<Arena> memory, std::vector<air_option> properties);
  // Of a caller; throws AIR_ERROR_INVALID_ARGUMENT.
  explicit Model(const air_model &description);
  // `base` with the nodes and columns that a run made known.
  Model(const Model &base, const std::vector<KnownNode> &nodes, const std::vector<KnownColumn> &columns);
  Model(const Model &) = delete;
  Model &operator=(const Model &) = delete;

  static void let_go(const Model *model) { const std::unique_ptr<const Model> owned(model); }

  const char *property(std::string_view key) const noexcept;

 private:
  Arena &memory() { return *memory_.back(); }
  void set_properties(std::vector<air_option> &&properties);
  void set_columns(const std::vector<KnownColumn> &columns);

  std::vector<std::shared_ptr<Arena>> memory_;  // everything that it refers to
};

using ModelHolder = Holder<Model>;

// Whether two descriptions of a node say the same.
bool is_same(const KnownNode &a, const KnownNode &b);

// Index of the column of that name, UINT32_MAX for none.
uint32_t find_column(const air_model &model, std::string_view name) noexcept;

}  // namespace air
