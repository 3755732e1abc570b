// SPDX-License-Identifier: BSD-3-Clause
// Models and results of a caller's own: round trips, what is completed, and what is refused by name.
#include <math.h>
#include <string.h>

#include "airunner_report.h"
#include "capi.h"

// ---- The same, member by member.

static void check_same_tensors(const air_tensor *const *a, const air_tensor *const *b, uint32_t n) {
  for (uint32_t i = 0; i < n; ++i) {
    assert_string_equal(a[i]->name, b[i]->name);
    assert_string_equal(a[i]->tag, b[i]->tag);
    assert_int_equal(a[i]->dtype, b[i]->dtype);
    assert_int_equal(a[i]->encoding, b[i]->encoding);
    assert_int_equal(a[i]->flags, b[i]->flags);
    assert_int_equal(a[i]->rank, b[i]->rank);
    if (a[i]->rank > 0) {
      assert_memory_equal(a[i]->shape, b[i]->shape, a[i]->rank * sizeof *a[i]->shape);
      assert_memory_equal(a[i]->storage_shape, b[i]->storage_shape, a[i]->rank * sizeof *a[i]->storage_shape);
    }
    assert_int_equal(a[i]->n_elements, b[i]->n_elements);
    assert_int_equal(a[i]->size_bytes, b[i]->size_bytes);
    assert_int_equal(a[i]->address, b[i]->address);
    const air_quantization *p = a[i]->quantization, *q = b[i]->quantization;
    assert_int_equal(p != NULL, q != NULL);
    if (!p) continue;
    assert_int_equal(p->known, q->known);
    assert_int_equal(p->axis, q->axis);
    assert_int_equal(p->block, q->block);
    assert_int_equal(p->n, q->n);
    if (p->n == 0) continue;
    assert_memory_equal(p->scales, q->scales, p->n * sizeof *p->scales);
    assert_memory_equal(p->zero_points, q->zero_points, p->n * sizeof *p->zero_points);
  }
}

static void check_same_nodes(const air_model *a, const air_model *b) {
  assert_int_equal(a->n_nodes, b->n_nodes);
  for (uint32_t i = 0; i < a->n_nodes; ++i) {
    const air_node *m = a->nodes[i], *n = b->nodes[i];
    assert_string_equal(m->name, n->name);
    assert_string_equal(m->operation, n->operation);
    assert_string_equal(m->processor, n->processor);
    assert_int_equal(m->operation_code, n->operation_code);
    assert_int_equal(m->computes_in, n->computes_in);
    assert_int_equal(m->layer, n->layer);
    assert_int_equal(m->n_inputs, n->n_inputs);
    assert_int_equal(m->n_outputs, n->n_outputs);
    check_same_tensors(m->inputs, n->inputs, m->n_inputs);
    check_same_tensors(m->outputs, n->outputs, m->n_outputs);
  }
}

static void check_same_columns_and_properties(const air_model *a, const air_model *b) {
  assert_int_equal(a->n_columns, b->n_columns);
  for (uint32_t i = 0; i < a->n_columns; ++i) {
    assert_string_equal(a->columns[i]->name, b->columns[i]->name);
    assert_string_equal(a->columns[i]->unit, b->columns[i]->unit);
    assert_string_equal(a->columns[i]->text, b->columns[i]->text);
    assert_int_equal(a->columns[i]->kind, b->columns[i]->kind);
    assert_int_equal(a->columns[i]->per_node, b->columns[i]->per_node);
  }
  assert_int_equal(a->n_properties, b->n_properties);
  for (uint32_t i = 0; i < a->n_properties; ++i) {
    assert_string_equal(a->properties[i].key, b->properties[i].key);
    assert_string_equal(a->properties[i].value, b->properties[i].value);
  }
}

static void check_same_model(const air_model *a, const air_model *b) {
  assert_string_equal(a->name, b->name);
  assert_string_equal(a->descriptor, b->descriptor);
  assert_string_equal(a->backend, b->backend);
  assert_int_equal(a->capabilities, b->capabilities);
  assert_int_equal(a->native_batch, b->native_batch);
  assert_int_equal(a->macc, b->macc);
  assert_int_equal(a->weights_bytes, b->weights_bytes);
  assert_int_equal(a->activations_bytes, b->activations_bytes);
  assert_int_equal(a->states_bytes, b->states_bytes);
  assert_int_equal(a->n_inputs, b->n_inputs);
  assert_int_equal(a->n_outputs, b->n_outputs);
  assert_int_equal(a->n_nodes_told, b->n_nodes_told);
  assert_int_equal(a->n_weights_pools, b->n_weights_pools);
  assert_int_equal(a->n_activations_pools, b->n_activations_pools);
  check_same_tensors(a->inputs, b->inputs, a->n_inputs);
  check_same_tensors(a->outputs, b->outputs, a->n_outputs);
  check_same_tensors(a->weights_pools, b->weights_pools, a->n_weights_pools);
  check_same_tensors(a->activations_pools, b->activations_pools, a->n_activations_pools);
  check_same_nodes(a, b);
  check_same_columns_and_properties(a, b);
}

// ---- Round trips.

static const air_result *result_of_null(void) {
  air_runner *runner = connect_to("null:");
  null_io io;
  null_io_init(&io, 3);
  const air_invoke_options options = {
      .struct_size = sizeof options, .mode = AIR_MODE_PER_LAYER_WITH_DATA | AIR_MODE_KEEP_INPUTS, .repeat = 2};
  const air_result *result = null_invoke_kept(first_session(runner), &io, &options, NULL);
  CHECK_OK(air_disconnect(runner));
  return result;
}

static void test_model_round_trip(void **state) {
  const air_result *result = result_of_null();
  const air_model *given = air_get_result_model(result), *made = NULL;
  CHECK_OK(air_make_model(given, &made));
  assert_ptr_not_equal(made, given);
  check_same_model(made, given);
  assert_string_equal(air_get_property(made, "device.type"), "HOST");
  assert_int_equal(air_find_column(made, "time.run"), air_find_column(given, "time.run"));
  const air_model *again = NULL;
  CHECK_OK(air_make_model(made, &again));
  air_release_result(result);
  check_same_model(made, again);
  air_release_model(again);
  air_release_model(made);
}

enum { MOST = 16 };

/** The parts of a result, as a file or a binding would have them. */
typedef struct taken_apart {
  air_result_parts parts;
  air_view inputs[2], outputs[2], node_outputs[N_NODES][2];
  const air_view *node_views[N_NODES];
  const double *values[MOST], *node_values[N_NODES][MOST];
  const double *const *node_columns[N_NODES];
  const char *notes[6];
  const char *const *node_notes[N_NODES];
} taken_apart;

static void take_apart(const air_result *result, taken_apart *t) {
  memset(t, 0, sizeof *t);
  const air_model *model = air_get_result_model(result);
  assert_true(model->n_columns <= MOST);
  for (uint32_t i = 0; i < 2; ++i) {
    t->inputs[i] = tensor_of(result, AIR_PLACE_INPUT, 0, i, AIR_ALL_SAMPLES);
    t->outputs[i] = tensor_of(result, AIR_PLACE_OUTPUT, 0, i, AIR_ALL_SAMPLES);
  }
  for (uint32_t c = 0; c < model->n_columns; ++c) t->values[c] = air_get_values(result, c, AIR_WHOLE_RUN);
  for (uint32_t n = 0; n < N_NODES; ++n) {
    for (uint32_t i = 0; i < model->nodes[n]->n_outputs; ++i) {
      t->node_outputs[n][i] = tensor_of(result, AIR_PLACE_NODE, n, i, AIR_ALL_SAMPLES);
    }
    t->node_views[n] = t->node_outputs[n];
    for (uint32_t c = 0; c < model->n_columns; ++c) t->node_values[n][c] = air_get_values(result, c, n);
    t->node_columns[n] = t->node_values[n];
  }
  for (size_t i = 0; i < ARRAY_SIZE(t->notes); ++i) t->notes[i] = i % 2 ? "of this run" : NULL;
  t->node_notes[2] = t->notes;
  t->parts = (air_result_parts){.struct_size = sizeof t->parts,
                                .model = model,
                                .profile = air_get_profile(result),
                                .inputs = t->inputs,
                                .outputs = t->outputs,
                                .node_outputs = t->node_views,
                                .values = t->values,
                                .node_values = t->node_columns,
                                .notes = t->notes,
                                .node_notes = t->node_notes};
}

static void check_same_view(const air_result *a, const air_result *b, air_place place, uint32_t node, uint32_t i) {
  const air_view v = tensor_of(a, place, node, i, AIR_ALL_SAMPLES), w = tensor_of(b, place, node, i, AIR_ALL_SAMPLES);
  assert_int_equal(v.dtype, w.dtype);
  assert_int_equal(v.rank, w.rank);
  assert_memory_equal(v.shape, w.shape, v.rank * sizeof *v.shape);
  assert_int_equal(v.size_bytes, w.size_bytes);
  assert_ptr_not_equal(v.data, w.data);
  assert_memory_equal(v.data, w.data, (size_t)v.size_bytes);
}

static void check_same_values(const air_result *a, const air_result *b, uint32_t node) {
  for (uint32_t c = 0; c < air_get_result_model(a)->n_columns; ++c) {
    const double *v = air_get_values(a, c, node), *w = air_get_values(b, c, node);
    assert_int_equal(v != NULL, w != NULL);
    if (v) assert_memory_equal(v, w, (size_t)profile_of(a)->n_runs * sizeof *v);
  }
}

static void check_same_profile(const air_profile *a, const air_profile *b) {
  assert_int_equal(a->n_samples, b->n_samples);
  assert_int_equal(a->n_runs, b->n_runs);
  assert_true(fabs(a->device_ms - b->device_ms) < 1e-9);
  assert_true(a->link_ms == b->link_ms && a->host_ms == b->host_ms && a->begin_unix_ms == b->begin_unix_ms);
  assert_int_equal(a->mode, b->mode);
  assert_int_equal(a->asked_mode, b->asked_mode);
  assert_int_equal(a->repeat, b->repeat);
  assert_int_equal(a->n_not_finite, b->n_not_finite);
}

static void test_result_round_trip(void **state) {
  const air_result *result = result_of_null(), *made = NULL;
  taken_apart t;
  take_apart(result, &t);
  CHECK_OK(air_make_result(&t.parts, &made));
  assert_ptr_equal(air_get_result_model(made), air_get_result_model(result));
  check_same_profile(profile_of(made), profile_of(result));
  check_same_values(made, result, AIR_WHOLE_RUN);
  for (uint32_t i = 0; i < 2; ++i) {
    check_same_view(made, result, AIR_PLACE_INPUT, 0, i);
    check_same_view(made, result, AIR_PLACE_OUTPUT, 0, i);
  }
  for (uint32_t n = 0; n < N_NODES; ++n) {
    check_same_values(made, result, n);
    for (uint32_t i = 0; i < (n == 3 ? 2 : 1); ++i) check_same_view(made, result, AIR_PLACE_NODE, n, i);
  }
  // Everything was copied, and the model is held.
  air_release_result(result);
  null_io io;
  null_io_init(&io, 3);
  null_check_result(&io, made, 3);
  null_check_nodes(&io, made, 3);
  assert_string_equal(air_get_note(made, AIR_WHOLE_RUN, 0), "");
  assert_string_equal(air_get_note(made, AIR_WHOLE_RUN, 1), "of this run");
  assert_string_equal(air_get_note(made, 2, 5), "of this run");
  assert_string_equal(air_get_note(made, 2, 6), "");
  assert_string_equal(air_get_note(made, 1, 1), "");
  char *text = NULL;
  CHECK_OK(air_result_to_json(made, AIR_JSON_DATA, &text));
  air_free_text(text);
  air_release_result(made);
}

// ---- A small model of one's own.

typedef struct small {
  int64_t shape[2];
  air_tensor input, output, between;
  const air_tensor *inputs[1], *outputs[1], *node_outputs[1];
  air_node node;
  const air_node *nodes[1];
  air_column column;
  const air_column *columns[1];
  air_option properties[3];
  air_model model;
} small;

static void describe(small *s) {
  *s = (small){.shape = {3, 5},
               .input = {.name = "x", .dtype = AIR_DTYPE_FLOAT32, .rank = 2},
               .output = {.name = "y", .tag = "O.0", .dtype = AIR_DTYPE_INT4, .rank = 2},
               .between = {.dtype = AIR_DTYPE_INT16, .rank = 1},
               .node = {.name = "n", .n_outputs = 1},
               .column = {.name = "energy", .kind = AIR_KIND_COUNT, .per_node = 1},
               .properties = {{"zeta", "last"}, {"alpha", "first"}, {"host", "elsewhere"}}};
  s->input.shape = s->output.shape = s->between.shape = s->shape;
  s->inputs[0] = &s->input;
  s->outputs[0] = &s->output;
  s->node_outputs[0] = &s->between;
  s->node.outputs = s->node_outputs;
  s->nodes[0] = &s->node;
  s->columns[0] = &s->column;
  s->model = (air_model){.name = "small",
                         .n_inputs = 1,
                         .n_outputs = 1,
                         .inputs = s->inputs,
                         .outputs = s->outputs,
                         .n_nodes = 1,
                         .nodes = s->nodes,
                         .n_columns = 1,
                         .columns = s->columns,
                         .n_properties = 3,
                         .properties = s->properties};
}

static const air_model *make(const small *s) {
  const air_model *made = NULL;
  CHECK_OK(air_make_model(&s->model, &made));
  return made;
}

static void test_a_model_is_completed(void **state) {
  small s;
  describe(&s);
  const air_model *made = make(&s);
  memset(&s, 0x5A, sizeof s);
  assert_string_equal(made->descriptor, "");
  assert_string_equal(made->backend, "");
  assert_int_equal(made->native_batch, 1);
  const air_tensor *x = made->inputs[0], *y = made->outputs[0];
  assert_string_equal(x->tag, "I.0");
  assert_int_equal(x->n_elements, 15);
  assert_int_equal(x->size_bytes, 60);
  assert_int_equal(x->storage_shape[1], 5);
  assert_int_equal(y->n_elements, 15);
  assert_int_equal(y->size_bytes, 8);  // two a byte, whole bytes a sample
  assert_string_equal(made->nodes[0]->operation, "");
  assert_string_equal(made->nodes[0]->processor, "");
  assert_string_equal(made->nodes[0]->outputs[0]->name, "");
  assert_string_equal(made->nodes[0]->outputs[0]->tag, "N.0.0");
  assert_int_equal(made->nodes[0]->outputs[0]->size_bytes, 6);
  assert_string_equal(made->columns[0]->unit, "");
  assert_string_equal(made->columns[0]->text, "");
  assert_string_equal(made->properties[0].key, "alpha");
  assert_string_equal(made->properties[1].key, "host");
  assert_string_equal(made->properties[2].key, "zeta");
  assert_string_equal(air_get_property(made, "host"), "elsewhere");
  air_release_model(made);
}

static void test_tensors_of_other_kinds(void **state) {
  small s;
  describe(&s);
  const float scales[] = {0.5f, 0.25f, 2.0f}, power = 0.125f;
  const int32_t zero_points[] = {0, -1, 3}, zero = 0;
  const air_quantization per_channel =
                             {.known = 1, .axis = 0, .block = 1, .n = 3, .scales = scales, .zero_points = zero_points},
                         unknown = {.known = 0, .axis = -1, .block = 1},
                         fixed = {.known = 1, .axis = -1, .block = 1, .n = 1, .scales = &power, .zero_points = &zero};
  s.output.dtype = AIR_DTYPE_INT8;
  s.output.encoding = AIR_ENCODING_QUANTIZED;
  s.output.quantization = &per_channel;
  s.between.encoding = AIR_ENCODING_FIXED_POINT;
  s.between.quantization = &fixed;
  s.input.dtype = AIR_DTYPE_UINT8;
  s.input.encoding = AIR_ENCODING_QUANTIZED;
  s.input.quantization = &unknown;
  const air_model *made = make(&s);
  assert_true(made->outputs[0]->quantization->scales[1] == 0.25f);
  assert_int_equal(made->outputs[0]->quantization->zero_points[2], 3);
  assert_int_equal(made->inputs[0]->quantization->known, 0);
  assert_true(made->nodes[0]->outputs[0]->quantization->scales[0] == 0.125f);
  air_release_model(made);

  describe(&s);  // open dimensions, scalars, packed signs
  const int64_t open[] = {-1, 5}, signs[] = {3, 40}, words[] = {3, 2};
  s.input.shape = open;
  s.between.rank = 0;
  s.output = (air_tensor){.name = "signs",
                          .dtype = AIR_DTYPE_INT32,
                          .encoding = AIR_ENCODING_PACKED_BITS,
                          .rank = 2,
                          .shape = signs,
                          .storage_shape = words};
  made = make(&s);
  assert_int_equal(made->inputs[0]->shape[0], -1);
  assert_int_equal(made->inputs[0]->n_elements, 0);
  assert_int_equal(made->inputs[0]->size_bytes, 0);
  assert_int_equal(made->nodes[0]->outputs[0]->n_elements, 1);
  assert_int_equal(made->nodes[0]->outputs[0]->size_bytes, 2);
  assert_int_equal(made->outputs[0]->n_elements, 6);
  assert_int_equal(made->outputs[0]->size_bytes, 24);
  air_release_model(made);
}

static void refuse(const small *s, const char *tells) {
  const air_model *const marker = (const air_model *)(uintptr_t)0x10;
  const air_model *made = marker;
  CHECK_FAILS(AIR_ERROR_INVALID_ARGUMENT, air_make_model(&s->model, &made));
  CHECK_ERROR_TELLS(tells);
  assert_ptr_equal(made, marker);
}

#define REFUSE(change, tells) \
  do {                        \
    small s;                  \
    describe(&s);             \
    change;                   \
    refuse(&s, tells);        \
  } while (0)

static void test_models_that_are_refused(void **state) {
  static const float scale = 0.5f, not_a_power = 0.3f, infinite = INFINITY;
  static const int32_t zero_point = 0, other_point = 5;
  static const int64_t negative[] = {3, -5}, huge[] = {INT64_MAX, 5}, other[] = {3, 4};
  static const air_quantization
      no_scales = {.known = 1, .axis = -1, .block = 1},
      beyond = {.known = 1, .axis = 2, .block = 1, .n = 1, .scales = &scale, .zero_points = &zero_point},
      endless = {.known = 1, .axis = -1, .block = 1, .n = 1, .scales = &infinite, .zero_points = &zero_point},
      shifted = {.known = 1, .axis = -1, .block = 1, .n = 1, .scales = &scale, .zero_points = &other_point},
      odd_step = {.known = 1, .axis = -1, .block = 1, .n = 1, .scales = &not_a_power, .zero_points = &zero_point};
  REFUSE(s.input.dtype = AIR_DTYPE_NONE, "I.0 'x'");
  REFUSE(s.input.dtype = NO_DTYPE, "I.0 'x'");
  REFUSE(s.input.encoding = 9, "I.0 'x'");
  REFUSE(s.input.shape = NULL, "I.0 'x'");
  REFUSE(s.input.rank = UINT32_MAX, "I.0 'x'");
  REFUSE(s.input.shape = negative, "I.0 'x'");
  REFUSE(s.input.shape = huge, "I.0 'x'");
  REFUSE(s.input.storage_shape = other, "I.0 'x'");
  REFUSE(s.output.encoding = AIR_ENCODING_QUANTIZED, "O.0 'y'");
  REFUSE(s.output.quantization = &no_scales, "O.0 'y'");
  REFUSE(s.output.quantization = &beyond, "O.0 'y'");
  REFUSE((s.between.encoding = AIR_ENCODING_FIXED_POINT, s.between.quantization = &odd_step), "N.0.0");
  REFUSE((s.between.encoding = AIR_ENCODING_FIXED_POINT, s.between.quantization = &shifted), "N.0.0");
  REFUSE(s.output.quantization = &endless, "O.0 'y'");
  REFUSE(s.output.encoding = AIR_ENCODING_PACKED_BITS, "O.0 'y'");
  REFUSE(s.inputs[0] = NULL, "I.0");
  REFUSE(s.model.inputs = NULL, "I.");
  REFUSE(s.model.outputs = NULL, "O.");
  REFUSE(s.model.n_weights_pools = 1, "W.");
  REFUSE(s.model.n_activations_pools = 1, "A.");
  REFUSE(s.model.nodes = NULL, "nodes");
  REFUSE(s.nodes[0] = NULL, "node 0");
  REFUSE(s.node.outputs = NULL, "N.0.");
  REFUSE(s.model.columns = NULL, "columns");
  REFUSE(s.columns[0] = NULL, "column");
  REFUSE(s.column.name = NULL, "column");
  static const air_column twice = {"time", "ms", "", AIR_KIND_DURATION, 0};
  static const air_column *const same[] = {&twice, &twice};
  REFUSE((s.model.columns = same, s.model.n_columns = 2), "two columns are called 'time'");
  REFUSE(s.model.properties = NULL, "properties");
  REFUSE(s.properties[1].key = NULL, "property");
  REFUSE(s.properties[1].value = NULL, "property");
  const air_model *made = NULL;
  small s;
  describe(&s);
  CHECK_FAILS(AIR_ERROR_INVALID_ARGUMENT, air_make_model(NULL, &made));
  CHECK_FAILS(AIR_ERROR_INVALID_ARGUMENT, air_make_model(&s.model, NULL));
  assert_null(made);
}

// ---- A result of it.

typedef struct made_of {
  const air_model *model;
  float x[2][15];
  unsigned char y[2][8];
  double energy[4];
  int64_t x_shape[3];
  air_view inputs[1], outputs[1];
  const double *values[1];
  air_profile profile;
  air_result_parts parts;
} made_of;

static void compose(made_of *m, const air_model *model) {
  memset(m, 0, sizeof *m);
  m->model = model;
  m->energy[0] = 1.5;
  m->energy[3] = NAN;
  memcpy(m->x_shape, (const int64_t[]){2, 3, 5}, sizeof m->x_shape);
  m->inputs[0] =
      (air_view){.data = m->x, .size_bytes = sizeof m->x, .shape = m->x_shape, .rank = 3, .dtype = AIR_DTYPE_FLOAT32};
  m->outputs[0] = (air_view){.data = m->y, .size_bytes = sizeof m->y};
  m->values[0] = m->energy;
  m->profile = (air_profile){.n_samples = 2, .n_runs = 4, .repeat = 2};
  m->parts = (air_result_parts){.struct_size = sizeof m->parts,
                                .model = model,
                                .profile = &m->profile,
                                .inputs = m->inputs,
                                .outputs = m->outputs,
                                .values = m->values};
}

static void test_result_of_a_made_model(void **state) {
  small s;
  describe(&s);
  const air_model *model = make(&s);
  made_of m;
  compose(&m, model);
  const air_result *result = NULL;
  CHECK_OK(air_make_result(&m.parts, &result));
  air_release_model(model);
  assert_int_equal(profile_of(result)->n_runs, 4);
  assert_int_equal(profile_of(result)->n_samples, 2);
  assert_true(isnan(profile_of(result)->device_ms));
  assert_true(values_of(result, "energy", AIR_WHOLE_RUN)[0] == 1.5);
  assert_true(isnan(values_of(result, "energy", AIR_WHOLE_RUN)[3]));
  assert_null(values_of(result, "energy", 0));
  const air_view y = tensor_of(result, AIR_PLACE_OUTPUT, 0, 0, AIR_ALL_SAMPLES);
  assert_int_equal(y.dtype, AIR_DTYPE_INT4);
  assert_int_equal(y.rank, 3);
  assert_memory_equal(y.shape, m.x_shape, sizeof m.x_shape);
  assert_int_equal(tensor_of(result, AIR_PLACE_OUTPUT, 0, 0, 1).size_bytes, 8);
  assert_false(holds(result, AIR_PLACE_NODE, 0, 0));
  air_release_result(result);
}

static void test_parts_may_be_left_out(void **state) {
  small s;
  describe(&s);
  const air_model *model = make(&s);
  made_of m;
  compose(&m, model);
  m.parts = (air_result_parts){.struct_size = sizeof m.parts, .model = model, .profile = &m.profile};
  const air_result *result = NULL;
  CHECK_OK(air_make_result(&m.parts, &result));
  assert_false(holds(result, AIR_PLACE_INPUT, 0, 0));
  assert_null(values_of(result, "energy", AIR_WHOLE_RUN));
  air_release_result(result);
  compose(&m, model);
  m.inputs[0].data = NULL;
  m.values[0] = NULL;
  CHECK_OK(air_make_result(&m.parts, &result));
  assert_false(holds(result, AIR_PLACE_INPUT, 0, 0));
  assert_true(holds(result, AIR_PLACE_OUTPUT, 0, 0));
  air_release_result(result);
  air_release_model(model);
}

// Outputs that were asked for in float32 are so in the result too.
static void test_dequantized_outputs(void **state) {
  small s;
  describe(&s);
  const air_model *model = make(&s);
  made_of m;
  compose(&m, model);
  m.outputs[0] = (air_view){.data = m.x, .size_bytes = sizeof m.x, .dtype = AIR_DTYPE_FLOAT32};
  const air_result *result = NULL;
  CHECK_OK(air_make_result(&m.parts, &result));
  assert_int_equal(tensor_of(result, AIR_PLACE_OUTPUT, 0, 0, AIR_ALL_SAMPLES).dtype, AIR_DTYPE_FLOAT32);
  air_release_result(result);
  air_release_model(model);
}

static void test_results_that_are_refused(void **state) {
  small s;
  describe(&s);
  const air_model *model = make(&s);
  static const int64_t other[] = {2, 5, 3};
  made_of m;
  const air_result *const marker = (const air_result *)(uintptr_t)0x10;
  const air_result *result = marker;
#define REFUSE_PARTS(status, change, tells)                  \
  do {                                                       \
    compose(&m, model);                                      \
    change;                                                  \
    CHECK_FAILS(status, air_make_result(&m.parts, &result)); \
    CHECK_ERROR_TELLS(tells);                                \
  } while (0)
  REFUSE_PARTS(AIR_ERROR_INVALID_INPUT, m.inputs[0].size_bytes -= 1, "input 0");
  REFUSE_PARTS(AIR_ERROR_INVALID_INPUT, m.inputs[0].shape = other, "input 0");
  REFUSE_PARTS(AIR_ERROR_INVALID_INPUT, m.inputs[0].rank = 2, "input 0");
  REFUSE_PARTS(AIR_ERROR_INVALID_INPUT, m.inputs[0].dtype = AIR_DTYPE_INT32, "input 0");
  REFUSE_PARTS(AIR_ERROR_INVALID_INPUT, m.outputs[0].size_bytes = 15, "output 0");
  REFUSE_PARTS(AIR_ERROR_INVALID_INPUT, m.profile.n_samples = 3, "input 0");
  REFUSE_PARTS(AIR_ERROR_INVALID_INPUT, m.profile.n_samples = UINT64_MAX / 2, "input 0");
  REFUSE_PARTS(AIR_ERROR_INVALID_INPUT, m.profile.n_not_finite = 2, "n_not_finite");
  REFUSE_PARTS(AIR_ERROR_INVALID_INPUT, m.profile.n_not_finite = 1, "not_finite");
  REFUSE_PARTS(AIR_ERROR_INVALID_ARGUMENT, m.parts.model = NULL, "model");
  REFUSE_PARTS(AIR_ERROR_INVALID_ARGUMENT, m.parts.profile = NULL, "profile");
  REFUSE_PARTS(AIR_ERROR_INVALID_ARGUMENT, m.parts.reserved = 1, "reserved");
  const air_view wrong = {.data = m.x, .size_bytes = 5}, *const wrong_nodes[] = {&wrong};
  REFUSE_PARTS(AIR_ERROR_INVALID_INPUT, m.parts.node_outputs = wrong_nodes, "node 0");
  // Only outputs may be dequantized: whoever reads a node takes its storage type.
  static const float real[64];
  const air_view as_real = {.data = real,
                            .size_bytes = 2 * model->nodes[0]->outputs[0]->n_elements * sizeof real[0],
                            .dtype = AIR_DTYPE_FLOAT32},
                 *const real_nodes[] = {&as_real};
  REFUSE_PARTS(AIR_ERROR_INVALID_INPUT, m.parts.node_outputs = real_nodes, "node 0, output 0: dtype float32");
  compose(&m, model);
  CHECK_FAILS(AIR_ERROR_INVALID_ARGUMENT, air_make_result(NULL, &result));
  CHECK_FAILS(AIR_ERROR_INVALID_ARGUMENT, air_make_result(&m.parts, NULL));
  assert_ptr_equal(result, marker);
  air_release_model(model);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_model_round_trip),         cmocka_unit_test(test_result_round_trip),
      cmocka_unit_test(test_a_model_is_completed),     cmocka_unit_test(test_tensors_of_other_kinds),
      cmocka_unit_test(test_models_that_are_refused),  cmocka_unit_test(test_result_of_a_made_model),
      cmocka_unit_test(test_parts_may_be_left_out),    cmocka_unit_test(test_dequantized_outputs),
      cmocka_unit_test(test_results_that_are_refused),
  };
  return cmocka_run_group_tests_name("made", tests, NULL, NULL);
}
