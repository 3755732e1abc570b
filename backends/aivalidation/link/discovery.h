// SPDX-License-Identifier: BSD-3-Clause
// What a target is and which models it holds.
#pragma once

#include <vector>

#include "aivalidation/link/command.h"
#include "aivalidation/link/limits.h"
#include "aivalidation/model/model.h"

namespace air::aivalidation {

// Throws AIR_ERROR_INCOMPATIBLE unless the protocol version is one that this backend speaks.
void check_version(const wire::Sync &sync, const std::string &place);

bool is_legacy(const wire::Sync &sync);

// Asks for the device, and goes over to the packet size that the target offers.
wire::SysInfo read_sys_info(Link &link, const HostLog &log, const Limits &limits);

// All models that can be told apart, at least one. Throws AIR_ERROR_NOT_FOUND, AIR_ERROR_NOT_INITIALIZED.
std::vector<FoundModel> find_models(Link &link, const HostLog &log, const Limits &limits, const wire::Sync &sync);

}  // namespace air::aivalidation
