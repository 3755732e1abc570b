/* SPDX-License-Identifier: BSD-3-Clause */
/* The digits network in int8 with the st-ai API, under a name of its own: several networks go into one image. */
#define network_graph digits_int8_graph
#define MODEL_NAME digits_int8
#define MODEL_GRAPH digits_int8_graph
#define MODEL_EXPORT
#include "../../examples/models/digits/digits_int8.c"

#include "stai_library.c"
