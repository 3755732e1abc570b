/* SPDX-License-Identifier: BSD-3-Clause */
/* What a legacy model library and libai_observer share: the beginning of the object behind the network handle. */
#ifndef OBSERVER_LINK_H
#define OBSERVER_LINK_H

#include "legacy.h"

typedef struct observer_link {
  bool initialised;     /* the network has nodes to observe */
  bool armed;           /* events flow: a registration came after init */
  ai_observer_cb *hook; /* called before and after each node, or NULL */
  void *hook_cookie;
  ai_observer_io_cb *io_callback; /* of libai_observer, as is last_ns: end of the previous callback */
  uint64_t last_ns;
} observer_link;

#endif
