/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Messages in packets: two header bytes, a payload, one sync byte asked for by each further packet of the host. After a failure nothing is read or
 * written until at_link_idle(), so that commands are written without a check at each step.
 */
#ifndef AIRTARGET_LINK_H
#define AIRTARGET_LINK_H

#include "airtarget.h"
#include "pb_decode.h"
#include "pb_encode.h"

#define AT_SMALLEST_PAYLOAD 32u
#define AT_LARGEST_PAYLOAD 4094u

/* Takes effect with the next packet in either direction. */
void at_link_resize(at_target *target, uint32_t payload);

/* Between commands. */
void at_link_idle(at_target *target);

/* Ends the command. Returns false. */
bool at_link_fail(at_target *target);

/* Waits for a message of this type, the rest of which is dropped when it is none. */
bool at_link_receive(at_target *target, const pb_msgdesc_t *type, void *message);

bool at_link_send(at_target *target, const pb_msgdesc_t *type, const void *message);

#endif
