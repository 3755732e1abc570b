/* SPDX-License-Identifier: BSD-3-Clause */
/* libai_observer: gives a client the nodes of a running network, with times that exclude the client's own callbacks. */
#include <time.h>

#include "model_library.h"
#include "observer_link.h"
#include "stai.h"

#define MAX_TENSORS 8

MODEL_EXPORT ai_observer_io_register_fn ai_platform_observer_io_register;
MODEL_EXPORT ai_observer_io_unregister_fn ai_platform_observer_io_unregister;
MODEL_EXPORT stai_event_cb stai_callback_per_layer;

static uint64_t now_ns(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static int32_t first_zero_point(const ai_intq_info_list *list) {
  const void *values = list->info->zeropoint;
  if ((list->flags & AI_INTQ_ZEROPOINT_U8) != 0) return *(const uint8_t *)values;
  if ((list->flags & AI_INTQ_ZEROPOINT_S8) != 0) return *(const int8_t *)values;
  if ((list->flags & AI_INTQ_ZEROPOINT_U16) != 0) return *(const uint16_t *)values;
  return *(const int16_t *)values;
}

static ai_io_tensor describe(const ai_ll_tensor *tensor) {
  const ai_intq_info_list *list = tensor->klass;
  return (ai_io_tensor){
      .format = (uint32_t)tensor->array->format,
      .data = tensor->array->data,
      .scale = list != NULL ? list->info->scale[0] : 1.0F,
      .zeropoint = list != NULL ? first_zero_point(list) : 0,
      .shape = tensor->shape,
  };
}

static uint32_t on_node(void *cookie, uint32_t flags, const ai_observer_node *node) {
  observer_link *link = cookie;
  const uint64_t now = now_ns();
  const bool run_begins = (flags & AI_OBSERVER_PRE) != 0 && (flags & AI_OBSERVER_FIRST) != 0;
  const ai_ll_tensor_list *list = &node->tensors->lists[(flags & AI_OBSERVER_PRE) != 0 ? AI_LL_INPUTS : AI_LL_OUTPUTS];
  ai_io_tensor tensors[MAX_TENSORS];
  ai_observer_io_node io_node = {
      .c_idx = node->c_idx,
      .type = node->type,
      .id = node->id,
      .elapsed_ms = run_begins ? 0.0F : (float)((double)(now - link->last_ns) * 1e-6),
      .tensors = tensors,
  };
  for (uint16_t i = 0; i < list->size && i < MAX_TENSORS; ++i)
    tensors[io_node.n_tensors++] = describe(list->tensors[i]);
  link->io_callback(flags, &io_node);
  link->last_ns = now_ns();
  return 0;
}

bool ai_platform_observer_io_register(ai_handle network, ai_observer_io_cb *callback, uint32_t flags) {
  observer_link *link = network;
  (void)flags; /* as ST's: both kinds of event are delivered whatever is asked for */
  if (link == NULL || callback == NULL) return false;
  link->armed = link->initialised;
  if (link->hook != NULL) return false;
  link->io_callback = callback;
  link->hook = on_node;
  link->hook_cookie = link;
  return true;
}

bool ai_platform_observer_io_unregister(ai_handle network, ai_observer_io_cb *callback) {
  observer_link *link = network;
  if (link == NULL || link->hook != on_node || link->io_callback != callback) return false;
  link->hook = NULL;
  return true;
}

void stai_callback_per_layer(void *cookie, stai_event_type event, const void *payload) {
  stai_observer_ctx *context = cookie;
  const uint32_t now_us = (uint32_t)(now_ns() / 1000u);
  context->timer.name = "ObserverTimer";
  context->timer.elapsed = now_us - context->timer.start;
  if (event == STAI_EVENT_NODE_START) context->c_idx += 1;
  if (event == STAI_EVENT_NODE_START || event == STAI_EVENT_NODE_STOP) {
    context->elapsed_time = (float)context->timer.elapsed / 1000.0F;
  }
  context->nested(cookie, event, payload);
  context->timer.start = (uint32_t)(now_ns() / 1000u);
}
