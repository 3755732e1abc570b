// SPDX-License-Identifier: BSD-3-Clause
// Whether both sides are the same network: another one is never a faster or slower version of it.
#pragma once

#include <functional>
#include <set>
#include <string>
#include <vector>

#include "report/regression/measures.h"

namespace air::report {

// The texts that the runs of one side have at a place.
using Read = std::function<std::string(const JsonView &)>;
std::set<std::string> texts(const std::vector<JsonView> &runs, const Read &read);

// What one network has of its own, beside a name that many have ("network").
struct Trait {
  const char *name;  // "the inputs"
  bool is_network;   // what differs in it may be another network
  Read read;
};
const std::vector<Trait> &traits();

// Throws AIR_ERROR_INVALID_INPUT where neither sizes of inputs and outputs nor nodes are those of the baseline. A network that was resized, stored in
// another type, or converted to names of its own is still the same.
void refuse_another_network(const Measures &measures);

// The same for a baseline that was recorded in another mode: the durations of both are of different things.
void refuse_another_mode(const Measures &measures);

}  // namespace air::report
