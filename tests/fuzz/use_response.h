// SPDX-License-Identifier: BSD-3-Clause
// Does with a decoded message all that a host does with it.
#pragma once

#include "wire/decode.h"

namespace air::wire {

// Every semantic function on every member that the payload carries.
void use_response(const Response &response);

// What was decoded must survive being encoded and decoded again.
void check_round_trip(Decoder &decoder, const Response &response, Flavour flavour);

}  // namespace air::wire
