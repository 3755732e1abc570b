// SPDX-License-Identifier: BSD-3-Clause
// A model, its tensors and nodes in the words of the protocol.
#pragma once

#include <string>
#include <string_view>

#include "airunner.h"
#include "server/models/personality.h"
#include "wire/messages.h"

namespace air::server {

// Cut to what a text of the protocol may have, between two characters.
std::string short_text(std::string_view text, size_t longest = wire::kMaxName);

// Each sample has a shape of its own.
bool is_dynamic(const air_tensor &tensor);

// Throws std::runtime_error where the protocol has no room for the model: names over 63 bytes, tensors of 4 GiB, shapes that samples have
// of their own.
wire::ModelInfo describe_model(const air_model &model, const std::string &name, const Personality &personality,
                               bool with_times);

// An input, output or tensor of a node of the model, of no elements where samples have shapes of their own; `flags` are wire::TensorFlag bits.
wire::TensorDesc describe_tensor(const air_model &model, const air_tensor &tensor, const Personality &personality,
                                 uint32_t flags);

// The type of a node in the numbering of ST's runtime, which is what hosts take it for: that of a node of another runtime is found by the name of
// its operator. Where ST has none for it, the number that there is.
uint32_t operator_type(const air_node &node);

}  // namespace air::server
