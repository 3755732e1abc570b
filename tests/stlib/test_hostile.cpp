// SPDX-License-Identifier: BSD-3-Clause
// Wrong and hostile libraries: each gives its own clear error, nothing is left open, and the process lives.
#include <doctest/doctest.h>

#include "support.h"

namespace air::stlib::test {
namespace {

struct Refusal {
  const char *folder;
  air_status status;
  const char *text;
};

constexpr Refusal kFiles[] = {
    {"not-a-library-text", AIR_ERROR_INVALID_MODEL, "not a library at all"},
    {"not-a-library-empty", AIR_ERROR_INVALID_MODEL, "the file is empty"},
    {"not-a-library-magic-only", AIR_ERROR_INVALID_MODEL, "truncated"},
    {"not-a-library-header-only", AIR_ERROR_INVALID_MODEL, "truncated"},
    {"not-a-library-truncated", AIR_ERROR_INVALID_MODEL, "truncated"},
    {"not-a-library-32-bit", AIR_ERROR_INVALID_MODEL, "32-bit"},
    {"not-a-library-big-endian", AIR_ERROR_INVALID_MODEL, "big-endian"},
    {"not-a-library-executable", AIR_ERROR_INVALID_MODEL, "expected a shared library"},
    {"not-a-library-other-machine", AIR_ERROR_INVALID_MODEL, "this program is for"},
    {"not-a-library-windows", AIR_ERROR_INVALID_MODEL, "Windows"},
    {"not-a-library-wild-sections", AIR_ERROR_INVALID_MODEL, "truncated"},
    {"not-a-library-wild-segments", AIR_ERROR_INVALID_MODEL, "truncated"},
    {"hostile-no-symbols", AIR_ERROR_INVALID_MODEL, "no function stai_network_*"},
    {"hostile-unresolved", AIR_ERROR_INVALID_MODEL, "cannot be loaded"},
    {"hostile-needs-another", AIR_ERROR_INVALID_MODEL, "copy=0"},
    {"hostile-without-run-legacy", AIR_ERROR_INVALID_MODEL, "ai_network_run missing"},
    {"hostile-without-run-st-ai", AIR_ERROR_INVALID_MODEL, "stai_network_run missing"},
    {"hostile-without-set-callback-st-ai", AIR_ERROR_INVALID_MODEL, "stai_network_set_callback missing"},
};

constexpr Refusal kBoth[] = {
    {"unterminated-name", AIR_ERROR_INVALID_MODEL, "does not end within 4096 bytes"},
    {"no-inputs", AIR_ERROR_INVALID_MODEL, "expected at least one"},
    {"no-outputs", AIR_ERROR_INVALID_MODEL, "expected at least one"},
    {"null-io", AIR_ERROR_INVALID_MODEL, "inputs: NULL"},
    {"many-inputs", AIR_ERROR_INVALID_MODEL, "65535, expected at most"},
    {"null-shape", AIR_ERROR_INVALID_MODEL, "shape: NULL"},
    {"huge-rank", AIR_ERROR_INVALID_MODEL, "200 dimensions"},
    {"overflowing-shape", AIR_ERROR_INVALID_MODEL, "shape"},
    {"zero-dimension", AIR_ERROR_INVALID_MODEL, "no elements"},
    {"format-4-bit", AIR_ERROR_UNSUPPORTED, "invalid/unsupported format S4"},
    {"format-none", AIR_ERROR_UNSUPPORTED, "invalid/unsupported format"},
    {"null-scales", AIR_ERROR_INVALID_MODEL, "scales: NULL"},
    {"null-segments", AIR_ERROR_INVALID_MODEL, "NULL"},
};

constexpr Refusal kLegacy[] = {
    {"hostile-rank-zero-legacy", AIR_ERROR_INVALID_MODEL, "no shape"},
    {"hostile-negative-dimension-legacy", AIR_ERROR_INVALID_MODEL, "extends beyond the end of its activations #1"},
    {"hostile-create-fails-legacy", AIR_ERROR_NOT_INITIALIZED, "ai_network_create() failed"},
    {"hostile-init-fails-legacy", AIR_ERROR_NOT_INITIALIZED, "ai_network_init() failed with type="},
    {"hostile-report-fails-legacy", AIR_ERROR_INVALID_MODEL, "gives no report"},
    {"hostile-no-signature-legacy", AIR_ERROR_INVALID_MODEL, "Signature is not valid"},
    {"hostile-old-api-legacy", AIR_ERROR_INCOMPATIBLE, "tool API 1.4"},
};

constexpr Refusal kStai[] = {
    {"hostile-negative-dimension-st-ai", AIR_ERROR_INVALID_MODEL, "negative dimension"},
    {"hostile-init-fails-st-ai", AIR_ERROR_NOT_INITIALIZED, "stai_network_init() failed with STAI_ERROR"},
    {"hostile-report-fails-st-ai", AIR_ERROR_INVALID_MODEL, "stai_network_get_info() failed with STAI_ERROR"},
    {"hostile-context-zero-st-ai", AIR_ERROR_INVALID_MODEL, "gives 0 bytes"},
    {"hostile-context-huge-st-ai", AIR_ERROR_INVALID_MODEL, "gives 4294967295 bytes"},
};

void check_refusal(const std::string &folder, air_status status, const char *text) {
  const size_t n_files = count_open_files();
  const Failure failure = Client::refusal(fixture(folder));
  INFO(folder, ": ", failure.message);
  CHECK(failure.status == status);
  CHECK(failure.tells(text));
  CHECK(count_open_files() == n_files);
  CHECK(count_mappings("memfd:libai_") == 0);
}

TEST_CASE("hostile: files that are no usable library") {
  for (const Refusal &row : kFiles) check_refusal(row.folder, row.status, row.text);
}

TEST_CASE("hostile: absurd descriptions are refused at connect") {
  for (const Refusal &row : kBoth) {
    for (const std::string flavour : {"-legacy", "-st-ai"})
      check_refusal("hostile-" + std::string(row.folder) + flavour, row.status, row.text);
  }
  for (const Refusal &row : kLegacy) check_refusal(row.folder, row.status, row.text);
  for (const Refusal &row : kStai) check_refusal(row.folder, row.status, row.text);
}

TEST_CASE("hostile: what is odd but usable is used") {
  const Bytes input = tiny_input(2);
  const std::vector<float> expected = tiny_output(input);
  for (const char *folder : {"hostile-null-strings-legacy", "hostile-null-strings-st-ai", "hostile-zero-scale-legacy",
                             "hostile-zero-scale-st-ai", "hostile-nan-scale-legacy", "hostile-nan-scale-st-ai",
                             "hostile-many-nodes-legacy", "hostile-many-nodes-st-ai", "hostile-macc-32-legacy",
                             "hostile-bhwc-shape-legacy", "hostile-new-api-st-ai", "hostile-batch-not-one-st-ai"}) {
    INFO(folder);
    Client client(fixture(folder));
    const Outcome outcome = client.run({input}, {.mode = AIR_MODE_PER_LAYER_WITH_DATA});
    CHECK(outcome.status == AIR_OK);
    CHECK(values_of<float>(outcome.outputs[0]) == expected);
    CHECK(outcome.count(false) == 6);
  }
  CHECK(Client(fixture("hostile-null-strings-legacy")).model().name == std::string("network"));
  CHECK(Client(fixture("hostile-zero-scale-st-ai")).input().encoding == AIR_ENCODING_PLAIN);
  CHECK(Client(fixture("hostile-nan-scale-legacy")).input().encoding == AIR_ENCODING_PLAIN);
  CHECK(shape_of(Client(fixture("hostile-batch-not-one-st-ai")).input()) == std::vector<int64_t>{4, 8});
  take_log();
  Client newer(fixture("hostile-new-api-st-ai"));
  CHECK(contains(take_log(), "made for 1.x"));
}

TEST_CASE("hostile: activations of 4 GiB give the memory or a clear error") {
  for (const char *folder : {"hostile-huge-activations-legacy", "hostile-huge-activations-st-ai"}) {
    const air_status status = Client::try_connect(fixture(folder)).status;
    CHECK((status == AIR_OK || status == AIR_ERROR_NO_MEMORY));
  }
}

TEST_CASE("hostile: writing beyond a buffer is found, named, and ends the model") {
  constexpr Refusal kOverruns[] = {{"hostile-writes-output-legacy", AIR_ERROR_CORRUPTED, "tensor 'output_1' (O.0)"},
                                   {"hostile-writes-output-st-ai", AIR_ERROR_CORRUPTED, "tensor 'output_1' (O.0)"},
                                   {"hostile-writes-activations-legacy", AIR_ERROR_CORRUPTED, "activations #1"},
                                   {"hostile-writes-activations-st-ai", AIR_ERROR_CORRUPTED, "activations #1"},
                                   {"hostile-writes-context-st-ai", AIR_ERROR_CORRUPTED, "context"}};
  for (const Refusal &row : kOverruns) {
    INFO(row.folder);
    Client client(fixture(row.folder));
    for (int i = 0; i < 2; ++i) {
      const Outcome outcome = client.run({tiny_input(3)});
      CHECK(outcome.status == row.status);
      CHECK(outcome.failure.tells(row.text));
    }
  }
}

TEST_CASE("hostile: a wrong number of samples is a failed run") {
  Client client(fixture("hostile-wrong-count-legacy"));
  const Outcome outcome = client.run({tiny_input(1)});
  CHECK(outcome.status == AIR_ERROR_RUN_FAILED);
  CHECK(outcome.failure.tells("returned 7, expected 1"));
}

TEST_CASE("hostile: observers and details that lie never harm the outputs") {
  const Bytes input = tiny_input(3);
  const std::vector<float> expected = tiny_output(input);
  constexpr const char *kFolders[] = {
      "hostile-observer-unknown-nodes",  "hostile-observer-null-tensors",    "hostile-observer-many-tensors",
      "hostile-observer-null-data",      "hostile-observer-tensor-shapes",   "hostile-observer-stop-only",
      "hostile-observer-repeated-nodes", "hostile-observer-register-fails",  "hostile-unknown-nodes-st-ai",
      "hostile-null-tensors-st-ai",      "hostile-many-tensors-st-ai",       "hostile-null-data-st-ai",
      "hostile-stop-only-st-ai",         "hostile-repeated-nodes-st-ai",     "hostile-details-indices-st-ai",
      "hostile-details-null-st-ai",      "hostile-details-many-nodes-st-ai", "hostile-details-shapes-st-ai"};
  for (const char *folder : kFolders) {
    INFO(folder);
    take_log();
    Client client(fixture(folder));
    for (int i = 0; i < 2; ++i) {
      const Outcome outcome = client.run({input}, {.mode = AIR_MODE_PER_LAYER_WITH_DATA});
      CHECK(outcome.status == AIR_OK);
      CHECK(values_of<float>(outcome.outputs[0]) == expected);
    }
    if (std::string(folder) != "hostile-null-data-st-ai" && std::string(folder) != "hostile-observer-null-data")
      CHECK_FALSE(take_log().empty());
    CHECK(values_of<float>(client.run({input}).outputs[0]) == expected);
  }
}

TEST_CASE("hostile: a useless observer library only costs the node times") {
  take_log();
  Client client(fixture("hostile-observer-no-symbols"));
  CHECK((client.model().capabilities & AIR_CAP_PER_LAYER) == 0);
  CHECK(contains(take_log(), "no function to register at"));
}

}  // namespace
}  // namespace air::stlib::test
