/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Build-time choices of a host library. Set with -D:
 *   MODEL_NAME                c-name, the middle of every symbol (network)
 *   MODEL_GRAPH               name of the model_graph object (network_graph)
 *   MODEL_EXPORT              empty to keep the symbols inside the library
 *   MODEL_RUNTIME_VERSION, MODEL_TOOL_VERSION   versions told, as {major,minor,micro,0}
 *   MODEL_LOW_LEVEL_OBSERVER  legacy: export ai_platform_observer_register and _unregister
 *   MODEL_EMULATED            legacy: a facade over the st-ai runtime, without node events
 *   MODEL_ALIGNMENT           st-ai: what addresses have to be a multiple of (4)
 *   MODEL_WITHOUT_DETAILS     st-ai: no g_<name>_details
 *   MODEL_PREALLOCATED        st-ai: bytes of activations that the library brings along
 */
#ifndef MODEL_LIBRARY_H
#define MODEL_LIBRARY_H

#include "model_graph.h"

#ifndef MODEL_NAME
#  define MODEL_NAME network
#endif
#ifndef MODEL_GRAPH
#  define MODEL_GRAPH network_graph
#endif
#ifndef MODEL_ALIGNMENT
#  define MODEL_ALIGNMENT 4
#endif
#ifndef MODEL_EXPORT
#  if defined(_WIN32)
#    define MODEL_EXPORT __declspec(dllexport)
#  else
#    define MODEL_EXPORT __attribute__((visibility("default")))
#  endif
#endif

#define MODEL_PASTE_EXPANDED(a, b, c) a##b##c
#define MODEL_PASTE(a, b, c) MODEL_PASTE_EXPANDED(a, b, c)
#define MODEL_TEXT_EXPANDED(a) #a
#define MODEL_TEXT(a) MODEL_TEXT_EXPANDED(a)
#define MODEL_NAME_TEXT MODEL_TEXT(MODEL_NAME)

/* AI_SYMBOL(run) is ai_network_run, STAI_SYMBOL(run) is stai_network_run. */
#define AI_SYMBOL(suffix) MODEL_PASTE(ai_, MODEL_NAME, _##suffix)
#define STAI_SYMBOL(suffix) MODEL_PASTE(stai_, MODEL_NAME, _##suffix)
#define DETAILS_SYMBOL MODEL_PASTE(g_, MODEL_NAME, _details)

/* Generated libraries hold their descriptions ready; here they are made from the graph when the library is loaded. */
#define MODEL_AT_LOAD __attribute__((constructor(101)))

extern const model_graph MODEL_GRAPH;

#endif
