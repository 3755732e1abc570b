// SPDX-License-Identifier: BSD-3-Clause
// A plugin that misbehaves in every way that the plugin ABI leaves open: EVIL=mode. Without it, it is a good one that copies four numbers.
// test_evil.py says what has to become of each mode.
#include <unistd.h>

#include <chrono>
#include <cmath>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>
#include <thread>

#include "airunner_backend.hpp"

namespace {

const air_host *host;

std::string_view mode() {
  const char *text = getenv("EVIL");
  return text == nullptr ? "" : text;
}

bool is(std::string_view name) {
  return mode() == name;
}

void hang(int seconds) {
  for (int i = 0; i < seconds; ++i) sleep(1);
}

// ---- What it says of its model

int64_t g_shape[] = {4};
int64_t g_open_shape[] = {4};  // of the output of the node
float g_scales[] = {0.5F, 0.25F};
int32_t g_zero_points[] = {0, 0};
uint32_t g_covers[] = {9};
air_option g_properties[] = {{"device", "evil"}, {nullptr, "value"}, {"key", nullptr}};
air_backend_tensor g_input, g_output, g_node_output;
air_backend_node g_node;
air_backend_column g_columns[2];
air_backend_model g_models[2];

air_backend_tensor tensor(const char *name) {
  air_backend_tensor made{};
  made.struct_size = sizeof(made);
  made.dtype = AIR_DTYPE_FLOAT32;
  made.rank = 1;
  made.shape = g_shape;
  made.name = name;
  return made;
}

air_backend_column column(const char *name) {
  air_backend_column made{};
  made.struct_size = sizeof(made);
  made.kind = AIR_KIND_COUNT;
  made.name = name;
  made.unit = "cycles";
  made.text = "what evil counts";
  made.per_node = 1;
  return made;
}

void describe() {
  g_input = tensor("input_1");
  g_output = tensor("output_1");
  g_node_output = tensor("n");
  g_node_output.shape = g_open_shape;
  g_node = {};
  g_node.struct_size = sizeof(g_node);
  g_node.name = "evil";
  g_node.operation = "Mul";
  g_node.n_outputs = 1;
  g_node.outputs = &g_node_output;
  g_columns[0] = g_columns[1] = column("counter.0");
  air_backend_model &model = g_models[0];
  model = {};
  model.struct_size = sizeof(model);
  model.capabilities = AIR_CAP_PER_LAYER | AIR_CAP_PER_LAYER_DATA;
  model.name = "evil";
  model.n_inputs = model.n_outputs = model.n_nodes = 1;
  model.inputs = &g_input;
  model.outputs = &g_output;
  model.nodes = &g_node;
  model.columns = g_columns;
  model.n_columns = 1;
  model.properties = g_properties;
  model.n_properties = 1;
  model.macc = 4;
}

void quantize(air_backend_tensor &tensor) {
  tensor.dtype = AIR_DTYPE_INT8;
  tensor.encoding = AIR_ENCODING_QUANTIZED;
  tensor.n_scales = 1;
  tensor.scales = g_scales;
  tensor.zero_points = g_zero_points;
}

void spoil_tensor(air_backend_tensor &tensor) {
  if (is("tensor-size0")) tensor.struct_size = 0;
  if (is("tensor-sizehuge")) tensor.struct_size = 1U << 20U;
  if (is("tensor-nullname")) tensor.name = nullptr;
  if (is("tensor-badutf8")) tensor.name = "in\xff\xfeput";
  if (is("tensor-tag")) tensor.tag = "hello";
  if (is("tensor-nullshape")) tensor.shape = nullptr;
  if (is("tensor-negdim")) g_shape[0] = -4;
  if (is("tensor-zerodim")) g_shape[0] = 0;
  if (is("tensor-huge")) g_shape[0] = int64_t{1} << 50;
  if (is("tensor-overflow")) g_shape[0] = INT64_MAX;
  if (is("tensor-rank")) tensor.rank = 1U << 30U;
  if (is("tensor-dtype")) tensor.dtype = static_cast<air_dtype>(77);
  if (is("tensor-dtype0")) tensor.dtype = AIR_DTYPE_NONE;
  if (is("tensor-encoding")) tensor.encoding = static_cast<air_encoding>(9);
  if (mode().starts_with("tensor-scale") || is("tensor-axis")) quantize(tensor);
  if (is("tensor-scalenan")) g_scales[0] = NAN;
  if (is("tensor-scaleinf")) g_scales[0] = INFINITY;
  if (is("tensor-scaleneg")) g_scales[0] = -1;
  if (is("tensor-scalesnull")) tensor.scales = nullptr;
  if (is("tensor-scalesmany")) tensor.n_scales = 1U << 30U;
  if (is("tensor-scalesplain")) tensor.encoding = AIR_ENCODING_PLAIN;
  if (is("tensor-axis")) {
    tensor.n_scales = 2;
    tensor.axis = 5;
  }
}

void spoil_node() {
  if (is("node-cover")) {
    g_node.covers = g_covers;
    g_node.n_covers = 1;
  }
  if (is("node-covernull")) g_node.n_covers = 3;
  if (is("node-outputsnull")) g_node.outputs = nullptr;
  if (is("node-outputsmany")) g_node.n_outputs = UINT32_MAX;
  if (is("node-structsize")) g_node.struct_size = 4;
  if (is("prepare-nooutputs")) g_node.n_outputs = 0;
  if (is("prepare-open")) g_open_shape[0] = -1;
}

void spoil_model(air_connection_info &info) {
  air_backend_model &model = g_models[0];
  if (is("info-nmodels0")) info.n_models = 0;
  if (is("info-modelsnull")) info.models = nullptr;
  if (is("info-infosize")) info.struct_size = 4;
  if (is("info-size0")) model.struct_size = 0;
  if (is("info-sizehuge")) model.struct_size = 1U << 20U;
  if (is("info-nullname")) model.name = nullptr;
  if (is("info-emptyname")) model.name = "";
  if (is("info-badutf8")) model.name = "ev\xff\xfeil";
  if (is("info-ctlname")) model.name = "ev\n\x1b[31mil";
  if (is("info-dup")) info.n_models = 2;
  if (is("info-batch0")) model.native_batch = 0;
  if (is("info-batchhuge")) model.native_batch = model.layer_batch = UINT32_MAX;
  if (is("info-inputsnull")) model.inputs = nullptr;
  if (is("info-noio")) model.n_inputs = model.n_outputs = 0;
  if (is("info-manyin")) model.n_inputs = 1'000'000;
  if (is("info-caps")) model.capabilities = UINT32_MAX;
  if (is("info-cancel")) model.capabilities |= AIR_CAP_CANCEL_RUN;
  if (mode().starts_with("prepare-")) model.capabilities |= AIR_CAP_GIVEN;
  if (is("info-wild")) model.inputs = reinterpret_cast<const air_backend_tensor *>(0x10);
  if (is("info-nodes")) {
    model.n_nodes = 5;
    model.nodes = nullptr;
  }
  if (is("info-nodes0")) model.n_nodes = 0;
  if (is("info-nodeshuge")) model.n_nodes = UINT32_MAX;
  if (is("info-columnstwice")) model.n_columns = 2;
  if (is("info-columnname")) g_columns[0].name = nullptr;
  if (is("info-columnkind")) g_columns[0].kind = static_cast<air_kind>(77);
  if (is("info-columnown")) g_columns[0].name = "time.device";
  if (is("info-propertykey")) model.n_properties = 2;
  if (is("info-propertyvalue")) model.n_properties = 3;
  if (is("info-maccmax")) model.macc = UINT64_MAX - 1;
}

}  // namespace

struct air_connection {
  air_connection_info info{};
  volatile bool cancelled = false;
};

namespace {

air_status refuse(const air_connect_request *) {
  if (is("connect-multiline")) {
    host->set_error(AIR_ERROR_INVALID_MODEL, 5, "line one\nline two\n\x1b[31mred\x1b[0m \xff\xfe");
    host->add_cause("cause\nwith\nlines");
  }
  if (is("connect-longerr")) host->set_error(AIR_ERROR_INVALID_MODEL, 5, std::string(1U << 20U, 'x').c_str());
  if (is("connect-nullerr")) {
    host->set_error(AIR_ERROR_INVALID_MODEL, 5, nullptr);
    host->add_cause(nullptr);
  }
  if (is("connect-mismatch")) host->set_error(AIR_ERROR_TIMEOUT, 5, "the text says timeout");
  return AIR_ERROR_INVALID_MODEL;
}

void do_harm() {
  if (is("connect-throw")) throw std::runtime_error("boom from a plugin");
  if (is("connect-throw-int")) throw 42;
  if (is("connect-throw-memory")) throw std::bad_alloc();
  if (is("connect-segv")) raise(SIGSEGV);
  if (is("connect-abort")) abort();
  if (is("connect-exit")) exit(0);
  if (is("connect-hang")) hang(60);
}

air_status connect(const air_connect_request *request, air_connection **out) {
  do_harm();
  if (is("connect-null")) return AIR_OK;
  if (is("connect-silent")) return AIR_ERROR_NOT_FOUND;
  if (is("connect-status")) return static_cast<air_status>(999);
  if (is("connect-neg")) return static_cast<air_status>(-3);
  if (is("connect-okerr")) host->set_error(AIR_ERROR_TIMEOUT, 5, "error recorded, then OK");
  if (is("connect-stdout")) printf("noise on stdout\n");
  if (is("connect-log")) host->log(request->log, static_cast<air_log_level>(77), "\x1b[31mred\xff");
  if (is("connect-wildlog")) host->log(nullptr, AIR_LOG_ERROR, nullptr);
  for (const char *name : {"multiline", "longerr", "nullerr", "mismatch"}) {
    if (is(std::string("connect-") + name)) return refuse(request);
  }
  describe();
  auto *made = new air_connection;
  made->info.struct_size = sizeof(made->info);
  made->info.n_models = 1;
  made->info.models = g_models;
  made->info.descriptor = is("desc-wrong")     ? "evil:other?x=1"
                          : is("desc-empty")   ? ""
                          : is("desc-foreign") ? "null:"
                          : is("desc-none")    ? nullptr
                                               : "evil:";
  spoil_tensor(g_input);
  if (is("tensor-huge") || mode().starts_with("tensor-scale")) spoil_tensor(g_output);
  spoil_node();
  spoil_model(made->info);
  g_models[1] = g_models[0];
  *out = made;
  return AIR_OK;
}

void disconnect(air_connection *connection) {
  delete connection;
  if (is("disconnect-throw")) throw 1;
}

air_status get_info(air_connection *connection, const air_connection_info **out) {
  if (is("info-throw")) throw std::runtime_error("boom in get_info");
  if (is("info-status")) return static_cast<air_status>(4711);
  if (is("info-null")) return AIR_OK;
  *out = &connection->info;
  return AIR_OK;
}

// ---- A run

void tell_nodes(const air_run *run) {
  const double ms = is("event-nan")    ? NAN
                    : is("event-inf")  ? INFINITY
                    : is("event-neg")  ? -5.0
                    : is("event-huge") ? 1e300
                                       : 0.001;
  const double values[] = {ms, is("event-run") ? 1.0 : NAN, is("event-countneg") ? -1.0 : 7.0};
  const void *data[] = {run->inputs[0]};
  air_backend_event event{};
  event.struct_size = is("event-size0") ? 0 : sizeof(event);
  event.sample = is("event-sample") ? 99999 : run->sample;
  event.node = is("event-node") ? UINT32_MAX : is("event-next") ? 7 : 0;
  event.n_samples = is("event-samples") ? 50 : 0;
  event.n_values = is("event-valuesmany") ? 1000 : 3;
  event.values = is("event-valuesnull") ? nullptr : values;
  event.data = is("event-datanull") ? nullptr : data;
  event.note = is("event-note") ? "\xff\x1b[31m\n\n" : nullptr;
  const int n = is("event-twice") ? 2 : is("event-none") ? 0 : is("event-many") ? 100'000 : 1;
  for (int i = 0; i < n; ++i) run->on_node_end(run->sink, &event);
  if (is("event-null")) run->on_node_end(run->sink, nullptr);
  if (is("event-varying") && run->sample % 2 == 1) {
    event.node = 1;
    run->on_node_end(run->sink, &event);
  }
}

air_status misuse_sink(const air_run *run) {
  if (is("describe-far")) return run->describe_node(run->sink, 7, &g_node);
  if (is("describe-null")) return run->describe_node(run->sink, 1, nullptr);
  if (is("describe-other")) {
    air_backend_node other = g_node;
    other.n_outputs = 0;
    return run->describe_node(run->sink, 0, &other);
  }
  uint32_t index = 0;
  if (is("column-null")) return run->add_column(run->sink, nullptr, &index);
  if (is("column-many")) {
    for (int i = 0; i < 100'000; ++i) {
      const std::string name = "counter." + std::to_string(i);
      const air_backend_column made = column(name.c_str());
      const air_status status = run->add_column(run->sink, &made, &index);
      if (status != AIR_OK) return status;
    }
  }
  void *memory = nullptr;
  if (is("memory-fixed")) return run->output_memory(run->sink, 0, g_shape, &memory);
  if (is("memory-far")) return run->output_memory(run->sink, 99, g_shape, &memory);
  return AIR_OK;
}

void measure(const air_run *run) {
  air_run_result &result = *run->result;
  const bool huge = is("time-huge"), zero = is("time-zero");
  result.device_ns = huge ? UINT64_MAX - 1 : zero ? 0 : 1000;
  result.run_ns = huge ? UINT64_MAX - 1 : zero ? 0 : 2000;
  if (is("time-values")) result.n_values = 3;
  if (is("time-end")) result.end_ns = 5;
  if (is("time-size")) result.struct_size = 4;
  if (is("time-note")) result.note = "\xff\x1b[31m";
}

air_status run(air_connection *connection, uint32_t, const air_run *run) {
  if (is("run-throw")) throw std::runtime_error("boom in run");
  if (is("run-segv")) raise(SIGSEGV);
  if (is("run-exit")) exit(0);
  if (is("run-hang")) hang(60);
  if (is("cancel-throw")) {
    while (!connection->cancelled) usleep(1000);
    return AIR_ERROR_CANCELLED;
  }
  if (is("run-silent")) return AIR_ERROR_RUN_FAILED;
  if (is("run-status")) return static_cast<air_status>(999);
  if (is("run-stop")) return AIR_ERROR_CANCELLED;
  if (is("run-timeout")) return AIR_ERROR_TIMEOUT;
  if (is("tensor-zerodim") || is("info-noio")) {
    measure(run);
    return AIR_OK;
  }
  const size_t n_bytes = is("run-over") ? 64 : is("run-nowrite") ? 0 : 16;
  if ((run->mode & AIR_MODE_PERF_ONLY) == 0) memcpy(run->outputs[0], run->inputs[0], n_bytes);
  if (is("run-writein")) memset(const_cast<void *>(run->inputs[0]), 7, 16);
  const air_status status = misuse_sink(run);
  if (status != AIR_OK) return status;
  if (run->on_node_end != nullptr) tell_nodes(run);
  measure(run);
  return AIR_OK;
}

void cancel(air_connection *connection) {
  connection->cancelled = true;
  if (is("cancel-throw")) throw std::runtime_error("boom in cancel");
}

// ---- Given values, memory, extensions

air_status prepare(air_connection *, uint32_t, const air_prepare_request *request) {
  if (is("prepare-throw")) throw std::runtime_error("boom in prepare");
  if (is("prepare-throw-memory")) throw std::bad_alloc();
  if (is("prepare-status")) return static_cast<air_status>(4711);
  if (is("prepare-silent")) return AIR_ERROR_UNSUPPORTED;
  if (is("prepare-stop")) return AIR_ERROR_CANCELLED;
  air_status status = request->check(request->sink);
  while (is("prepare-waits") && status == AIR_OK) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
    status = request->check(request->sink);
  }
  return status;
}

air_status make_memory(air_connection *, uint32_t, uint32_t, uint64_t size, void **out) {
  if (is("makemem-throw")) throw std::runtime_error("boom in make_memory");
  if (is("makemem-status")) return static_cast<air_status>(4711);
  if (is("makemem-silent")) return AIR_ERROR_IO;
  if (is("makemem-null")) return AIR_OK;
  *out = aligned_alloc(64, (size + 63) / 64 * 64 + 64);
  memset(*out, 0, size);
  if (is("makemem-unaligned")) *out = static_cast<char *>(*out) + 4;
  return AIR_OK;
}

void free_memory(void *data) {
  free(reinterpret_cast<void *>(reinterpret_cast<uintptr_t>(data) / 64 * 64));
  if (is("makemem-freethrow")) throw std::runtime_error("boom in free_memory");
}

const void *get_extension(const char *) {
  alignas(64) static uint32_t table[64] = {256};
  if (is("extension-throw")) throw std::runtime_error("boom in get_extension");
  if (is("extension-null")) return nullptr;
  if (is("extension-unaligned")) return reinterpret_cast<const char *>(table) + 1;
  if (is("extension-size0")) table[0] = 0;
  if (is("extension-sizehuge")) table[0] = 1U << 20U;
  if (is("extension-crooked")) table[0] = 13;
  return table;
}

// ---- Scanning and claims

air_status scan(const air_scan_request *request) {
  if (is("scan-throw")) throw 3;
  if (is("scan-status")) return static_cast<air_status>(999);
  if (is("scan-hang")) {
    while (request->check(request->sink) == AIR_OK) usleep(20'000);
    return AIR_ERROR_TIMEOUT;
  }
  air_backend_device device{};
  device.struct_size = sizeof(device);
  device.descriptor = "evil:found";
  device.description = "one that is good";
  request->found(request->sink, &device);
  if (is("scan-junk")) {
    request->found(request->sink, nullptr);
    for (const char *descriptor : {static_cast<const char *>(nullptr), "", "nonsense", "null:", "evil:x?="}) {
      device.descriptor = descriptor;
      device.description = "x\n\x1b[31m\xff";
      request->found(request->sink, &device);
    }
    device.descriptor = "evil:x";
    device.description = nullptr;
    device.n_properties = 5;
    request->found(request->sink, &device);
    device.struct_size = 4;
    request->found(request->sink, &device);
  }
  if (is("scan-many")) {
    for (int i = 0; i < 100'000; ++i) request->found(request->sink, &device);
  }
  return AIR_OK;
}

uint32_t claims(const char *) {
  if (is("claims-throw")) throw 3;
  return is("claims-huge") ? 1'000'000 : 1;
}

// ---- The table

const char *g_schemes[] = {"evil", nullptr};
const char *const g_patterns[] = {"*.evil", nullptr};
const char *const g_levels[] = {"low", "high", nullptr};
air_backend_option g_options[] = {{.struct_size = sizeof(air_backend_option),
                                   .type = AIR_OPTION_CHOICE,
                                   .key = "level",
                                   .default_value = "low",
                                   .choices = g_levels,
                                   .text = "how evil it is"}};

void spoil_table(air_backend &table) {
  if (mode().starts_with("makemem-")) table.make_memory = make_memory;
  if (is("makemem-nofree")) table.free_memory = nullptr;
  if (is("query-abi")) table.abi_version = 7;
  if (is("query-size")) table.struct_size = 20;
  if (is("query-norun")) table.run = nullptr;
  if (is("query-noname")) table.name = nullptr;
  if (is("query-nodescription")) table.description = nullptr;
  if (is("query-ctlname")) table.name = "ev\x1b[31mil";
  if (is("query-noscheme")) table.schemes = nullptr;
  if (is("query-upper")) g_schemes[0] = "Evil";
  if (is("query-one")) g_schemes[0] = "e";
  if (is("query-steal")) g_schemes[0] = "onnx";
  if (is("query-rename")) table.version = "2";
  if (is("query-optionsnull")) table.options = nullptr;
  if (is("query-optionsmany")) table.n_options = UINT32_MAX;
  if (is("query-optionsize")) g_options[0].struct_size = 8;
  if (is("query-optiontext")) g_options[0].text = nullptr;
  if (is("query-optiondefault")) g_options[0].default_value = "middle";
}

// When it is loaded.
__attribute__((constructor)) void load() {
  if (is("load-abort")) abort();
  if (is("load-segv")) raise(SIGSEGV);
  if (is("load-exit")) exit(0);
  if (is("load-hang")) hang(60);
  if (is("load-stdout")) printf("noise on stdout\n");
}

__attribute__((destructor)) void unload() {
  if (is("unload-abort")) abort();
}

}  // namespace

extern "C" AIR_BACKEND_EXPORT const air_backend *air_backend_query(uint32_t version, const air_host *services) {
  if (is("query-throw")) throw std::runtime_error("boom in query");
  if (is("query-segv")) raise(SIGSEGV);
  if (is("query-old") && version == 1) {
    static air_backend old{};
    old.struct_size = sizeof(old);
    old.abi_version = 1;
    return &old;
  }
  if (is("query-null") || is("query-old") || version != AIR_BACKEND_ABI_VERSION) return nullptr;
  host = services;
  static air_backend table{};
  table.struct_size = sizeof(table);
  table.abi_version = AIR_BACKEND_ABI_VERSION;
  table.name = "evil";
  table.version = "1";
  table.description = "misbehaves";
  table.schemes = g_schemes;
  table.patterns = g_patterns;
  table.n_options = 1;
  table.options = g_options;
  table.claims = claims;
  table.connect = connect;
  table.disconnect = disconnect;
  table.get_info = get_info;
  table.run = run;
  table.cancel = cancel;
  table.scan = scan;
  table.prepare = prepare;
  table.free_memory = free_memory;
  table.get_extension = get_extension;
  spoil_table(table);
  return &table;
}
