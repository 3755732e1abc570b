/* SPDX-License-Identifier: BSD-3-Clause */
/* The digits network in float32 with the st-ai API, under a name of its own: several networks go into one image. */
#define network_graph digits_float32_graph
#define MODEL_NAME digits_float32
#define MODEL_GRAPH digits_float32_graph
#define MODEL_EXPORT
#include "../../examples/models/digits/digits_float32.c"

#include "stai_library.c"
