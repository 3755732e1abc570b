/* SPDX-License-Identifier: BSD-3-Clause */
/* One inference asked for by the host. */
#ifndef AIRTARGET_RUN_H
#define AIRTARGET_RUN_H

#include "exchange.h"

void at_network_run(at_target *target, uint32_t model, const at_Request *request);

#endif
