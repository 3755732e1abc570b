// SPDX-License-Identifier: BSD-3-Clause
// The addresses of a host.
#pragma once

#include <asio/ip/tcp.hpp>
#include <cstdint>
#include <string>
#include <vector>

#include "aivalidation/link/interrupt.h"

namespace air::aivalidation {

using Endpoints = std::vector<asio::ip::tcp::endpoint>;

// Throws AIR_ERROR_NOT_FOUND.
Endpoints resolve(const std::string &host, uint16_t port, const Interrupt &interrupt);

}  // namespace air::aivalidation
