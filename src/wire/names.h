// SPDX-License-Identifier: BSD-3-Clause
// What operators, nodes and tensors are called, and making the target's texts fit to be shown.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "wire/runtime.h"

namespace air::wire {

// The layer's description: "Conv2D (0x103)", "ADD (0)", "epoch (SW)", "undefined". `runtime_version` as in aiModelInfoMsg: the numbering
// of ST.AI changed with runtime 10.
std::string operator_description(uint32_t rtid, uint32_t runtime_version, uint32_t type);
// What executes it: "NPU", "CPU", "NPU+CPU" for an epoch of both; "" where the runtime does not tell.
const char *operator_processor(uint32_t rtid, uint32_t type);
// Name of a node: `name` when it has one, else "ai_node_<index>" or "EpochBlock_<n> -> <last>".
std::string node_name(uint32_t rtid, std::string_view name, uint32_t id, uint32_t index);
// Id for air_node_info.id: the layer in the model for ST.AI, -1 where the runtime has no such number.
int32_t node_model_id(uint32_t rtid, uint32_t id);
// "N.<node>.<tensor>", for Neural-ART "E.<epoch>.<tensor>".
std::string node_tensor_tag(uint32_t rtid, uint32_t id, uint32_t node, uint32_t tensor);
// `name`, or "ai_tens_n_<node>_<tensor>" and its like.
std::string node_tensor_name(uint32_t rtid, std::string_view name, uint32_t node, uint32_t tensor);

// "" for the text that firmware sends in place of an empty one, else the text itself.
std::string_view without_undefined(std::string_view text);
// Valid UTF-8 without control characters, cut at the first CR or LF: what may be shown or stored.
std::string clean_text(std::string_view text);

}  // namespace air::wire
