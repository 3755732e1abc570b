/* SPDX-License-Identifier: BSD-3-Clause */
/* The fixture of this name with the st-ai API, under a name of its own. */
#define MODEL_NAME accumulator
#define MODEL_GRAPH accumulator_graph
#define MODEL_EXPORT
#include "../../fixtures/accumulator.c"

#include "stai_library.c"
