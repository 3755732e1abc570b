/* SPDX-License-Identifier: BSD-3-Clause */
/* The digits network in int8 with the legacy API, under a name of its own. */
#define network_graph legacy_digits_graph
#define MODEL_NAME digits
#define MODEL_GRAPH legacy_digits_graph
#define MODEL_EXPORT
#define MODEL_LOW_LEVEL_OBSERVER
#include "../../../examples/models/digits/digits_int8.c"
#include "legacy_library.c"
