// SPDX-License-Identifier: BSD-3-Clause
// A model, its tensors and nodes in the words of the protocol.
#pragma once

#include <string>
#include <string_view>

#include "airunner.h"
#include "personality.h"
#include "wire/messages.h"

namespace air::server {

// Cut to what a text of the protocol may have, between two characters.
std::string short_text(std::string_view text, size_t longest = wire::kMaxName);

// Throws std::runtime_error where the protocol has no room for the model: names over 63 bytes, tensors of 4 GiB.
wire::ModelInfo describe_model(const air_model_info &info, const std::string &name, const Personality &personality,
                               bool with_times);

// An input, output or tensor of a node; `flags` are wire::TensorFlag bits.
wire::TensorDesc describe_tensor(const air_tensor_info &info, const Personality &personality, uint32_t flags);

// Bytes of one element, or of one word of packed bits.
uint32_t element_size(const air_tensor_info &info);

}  // namespace air::server
