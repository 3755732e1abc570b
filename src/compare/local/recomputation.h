// SPDX-License-Identifier: BSD-3-Clause
// The nodes of one side run on the values that the other side computed for their inputs.
#pragma once

#include <functional>
#include <vector>

#include "common/values.h"
#include "compare/inputs.h"
#include "compare/local/graph.h"
#include "compare/local/picture.h"
#include "compare/side.h"
#include "platform/machine/memory.h"

namespace air::local {

// What is given to the judge in place of an output of its node.
struct GivenValues {
  uint32_t node, output;  // of the judge
  const Values &values;   // of the other side, which may come to show other samples
  Reordering way;         // from these to the judge's
};

// How values become those of the judge.
enum class Rounding {
  kNone,
  kDynamic,    // to 8 bits over the range of each sample, as kernels do that quantize floats while they run
  kScattered,  // an eighth more or less, as if weights were: what that changes is how much rounded weights may, and more
};
// So much of what kScattered changes is what 8-bit weights do at most, but for a few: 3 % of each of the terms that are summed.
inline constexpr double kOfScattered = 0.24;

struct Judge {
  air_session *session;
  uint32_t timeout_ms;
  air_token *token;
};

// Prepares a session. Samples go through it in parts, so that it never holds the data of all.
class Recomputation {
 public:
  // `nodes`: those whose data is wanted, ascending. Of `given` those of nodes that cannot be given are left out.
  // `inputs`: one for each input of the other side, as its nodes read it. Both refer to the samples that the side shows when they run.
  Recomputation(const Judge &judge, std::vector<uint32_t> nodes, std::vector<GivenValues> given,
                std::vector<const Values *> inputs, const Side &actual, Rounding rounding,
                const Alteration &alteration = {});
  Recomputation(const Recomputation &) = delete;
  Recomputation &operator=(const Recomputation &) = delete;
  ~Recomputation();

  // Of `count` samples from `first` on.
  HeldResult run(uint64_t first, uint64_t count);
  // The same, each node and sample handed over as it is computed: what nodes compute is never there at once. The sample of an event counts from 0.
  using OnNode = std::function<void(const air_node_event &event)>;
  void run(uint64_t first, uint64_t count, const OnNode &on_node);

 private:
  using Nodes = std::vector<uint32_t>;
  // What is given, in the memory of the side where it is as the judge stores it.
  struct Given {
    std::vector<AlignedBytes> converted;
    std::vector<air_given> list;
  };

  const air_model &model() const { return *air_get_model(judge_.session); }
  HeldInputs make_inputs(uint64_t first, uint64_t count) const;
  void describe_nodes();
  bool try_to_prepare(const Nodes &nodes) const;
  Nodes those_that_can_be_given(const Nodes &nodes) const;
  void restrict_to(const Nodes &nodes);
  bool is_altered(const air_tensor &tensor) const;
  void write(const Values &from, const Reordering &way, const air_tensor &tensor, void *storage) const;
  Given make_given(uint64_t first, uint64_t count) const;
  void invoke(uint64_t first, uint64_t count, uint32_t mode, const air_callbacks *callbacks,
              const air_result **out_result) const;

  Judge judge_;
  Nodes nodes_;
  std::vector<GivenValues> given_;
  std::vector<const Values *> inputs_;
  const Side &actual_;
  Rounding rounding_;
  Alteration alteration_;
};

}  // namespace air::local
