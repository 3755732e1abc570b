/* SPDX-License-Identifier: BSD-3-Clause */
/* The port of airtarget to a program of this machine: TCP, or a pseudo-terminal in the place of a serial line. */
#ifndef HOST_PORT_H
#define HOST_PORT_H

#include <stdbool.h>

/* tcp:HOST:PORT or pty. Prints "ready: DESCRIPTOR". False for anything else. */
bool host_port_listen(const char *where);

/* Waits for the next client. */
void host_port_await_client(void);

#endif
