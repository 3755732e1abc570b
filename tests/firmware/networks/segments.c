/* SPDX-License-Identifier: BSD-3-Clause */
/* The fixture of this name with the st-ai API, under a name of its own. */
#define MODEL_NAME segments
#define MODEL_GRAPH segments_graph
#define MODEL_EXPORT
#include "../../fixtures/segments.c"

#include "stai_library.c"
