/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A target made of airtarget as a program of this machine, started as `airunner serve` is, so that tests of that one can be run against it:
 *   kit-target serve MODEL... [--listen tcp:HOST:PORT|pty] [--packet N] [--generation 2|3|4] [--memory] [--self-test] [--fault FAULT]
 * MODEL is null:[?models=N&stateful=1&fail_at=N&delay_ms=N] or the name of one that is compiled in.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "compiled_models.h"
#include "faulty_line.h"
#include "host_port.h"
#include "null_model.h"

enum { MOST_MODELS = 16, SCRATCH = 1024 };
#define SCRATCH_ADDRESS 0x20000000u
#define INPUTS_ADDRESS 0x24000000u

static uint8_t packet[AT_LARGEST_BUFFER], scratch[SCRATCH];
static null_model nulls[MOST_MODELS];
static char names[MOST_MODELS][16];
static const at_model *models[MOST_MODELS];
static at_region regions[1 + 2 * MOST_MODELS] = {{SCRATCH_ADDRESS, SCRATCH, scratch}};
static at_config config = {
    .models = models, .packet = packet, .packet_bytes = AT_SMALLEST_BUFFER, .generation = AT_GENERATION_3};

static void refuse(const char *what) {
  fprintf(stderr, "kit-target: unexpected '%s': the head of its source tells what is understood\n", what);
  exit(2);
}

static long option(const char *text, const char *name, long otherwise) {
  const char *found = strstr(text, name);
  return found == NULL ? otherwise : strtol(found + strlen(name), NULL, 10);
}

static void add(const at_model *model) {
  if (config.n_models == MOST_MODELS) refuse(model->name);
  models[config.n_models++] = model;
}

static void add_nulls(const char *text) {
  for (long i = option(text, "models=", 1); i > 0; --i) {
    const uint32_t n = config.n_models;
    snprintf(names[n], sizeof names[n], n == 0 ? "network" : "network_%u", n + 1);
    null_model_init(&nulls[n], names[n]);
    nulls[n].stateful = option(text, "stateful=", 0) != 0;
    nulls[n].fail_at = (int32_t)option(text, "fail_at=", -1);
    nulls[n].delay_ms = (uint32_t)option(text, "delay_ms=", 0);
    add(&nulls[n].model);
  }
}

static void offer_inputs(void) {
  uint32_t address = INPUTS_ADDRESS;
  config.regions = regions;
  config.n_regions = 1;
  for (uint32_t i = 0; i < config.n_models; ++i) {
    for (uint32_t k = 0; k < models[i]->inputs.count; ++k) {
      const at_tensor *tensor = &models[i]->inputs.tensors[k];
      regions[config.n_regions++] = (at_region){address, at_tensor_bytes(tensor), tensor->data};
      address += (at_tensor_bytes(tensor) + 31) / 32 * 32;
    }
  }
}

static at_generation generation(const char *number) {
  if (strcmp(number, "2") != 0 && strcmp(number, "3") != 0 && strcmp(number, "4") != 0) refuse(number);
  return number[0] == '2' ? AT_GENERATION_2 : number[0] == '3' ? AT_GENERATION_3 : AT_NEWEST;
}

static const char *value_of(char **words, int *at) {
  if (words[*at + 1] == NULL) refuse(words[*at]);
  return words[++*at];
}

static const char *read_words(char **words) {
  const char *listen = "tcp:127.0.0.1:0";
  for (int i = 1; words[i] != NULL; ++i) {
    const at_model *compiled = compiled_model(words[i], config.n_models == 0);
    if (i == 1 && strcmp(words[i], "serve") == 0) continue;
    if (compiled != NULL) {
      add(compiled);
    } else if (strncmp(words[i], "null:", 5) == 0) {
      add_nulls(words[i]);
    } else if (strcmp(words[i], "--listen") == 0) {
      listen = value_of(words, &i);
    } else if (strcmp(words[i], "--packet") == 0) {
      config.packet_bytes = (uint32_t)strtoul(value_of(words, &i), NULL, 10) + 2;
      if (config.packet_bytes < AT_SMALLEST_BUFFER || config.packet_bytes > AT_LARGEST_BUFFER) refuse(words[i]);
    } else if (strcmp(words[i], "--generation") == 0) {
      config.generation = generation(value_of(words, &i));
    } else if (strcmp(words[i], "--fault") == 0) {
      if (!faulty_line_add(value_of(words, &i))) refuse(words[i]);
    } else if (strcmp(words[i], "--memory") == 0) {
      config.memory = at_memory;
    } else if (strcmp(words[i], "--self-test") == 0) {
      config.self_test = at_self_test;
    } else {
      refuse(words[i]);
    }
  }
  return listen;
}

static void end(int signal) {
  (void)signal;
  _exit(0);
}

int main(int argc, char **argv) {
  static at_target target;
  (void)argc;
  signal(SIGTERM, end);
  signal(SIGINT, end);
  const char *listen = read_words(argv);
  if (config.n_models == 0) refuse("no model");
  config.rtid = models[0]->rtid;
  if (config.memory != NULL || config.self_test != NULL) offer_inputs();
  if (!host_port_listen(listen)) refuse(listen);
  at_init(&target, &config);
  for (;;) {
    host_port_await_client();
    at_serve(&target);
  }
}
