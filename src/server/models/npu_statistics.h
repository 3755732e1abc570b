// SPDX-License-Identifier: BSD-3-Clause
// What Neural-ART firmware tells of epochs: ids, cycles, and logs for the host's statistics. The figures are nominal, derived from the
// duration and the tensors of the node, and consistent with each other.
#pragma once

#include <cstdint>

#include "airunner.h"
#include "server/exchange.h"
#include "server/models/personality.h"

namespace air::server {

struct EpochCycles {
  uint64_t before;
  uint64_t core;
  uint64_t after;
};

// Parts of a number of cycles that add up to it.
EpochCycles split_epoch(uint64_t cycles);

// NPU cycles of the same time.
uint64_t npu_cycles(uint64_t cpu_cycles, const Personality &personality);

// One epoch for each node.
uint32_t epoch_id(uint32_t node);
uint32_t epoch_kind(const air_node &node);

// "s:config:..." before the description of a model.
void log_configuration(Exchange &exchange, const Personality &personality);

// "s:node:...": before an epoch, and after it. `options` are the user options of the run.
void log_epoch_begin(Exchange &exchange, const air_node_event &event);
void log_epoch_end(Exchange &exchange, const air_node_event &event, const Personality &personality,
                   const EpochCycles &cycles, uint32_t options);

}  // namespace air::server
