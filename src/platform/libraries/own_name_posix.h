// SPDX-License-Identifier: BSD-3-Clause
#pragma once

namespace air {

// The file of the library or program that this code is part of, as it was loaded; NULL where the loader does not tell.
const char *own_name() noexcept;

}  // namespace air
