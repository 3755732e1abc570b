/* SPDX-License-Identifier: BSD-3-Clause */
/* The kit over a port that the tests script: what it makes of packets that cannot be, and of a host that goes at any byte. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

/* cmocka wants the four above first. */
#include <cmocka.h>
#include <string.h>

#include "airtarget.h"
#include "null_model.h"
#include "scripted_port.h"

enum { PACKET = AT_SMALLEST_BUFFER, PAYLOAD = 32 };

static uint8_t packet[AT_LARGEST_BUFFER];
static null_model model;
static const at_model *models[] = {&model.model};
static uint8_t memory[64];
static at_region regions[] = {{0x1000, sizeof memory, memory}};
static at_config config = {.models = models,
                           .n_models = 1,
                           .packet = packet,
                           .packet_bytes = AT_SMALLEST_BUFFER,
                           .memory = at_memory,
                           .regions = regions,
                           .n_regions = 1,
                           .self_test = at_self_test};

static int set_up(void **state) {
  (void)state;
  host_begin();
  memset(memory, 0, sizeof memory);
  config.packet_bytes = AT_SMALLEST_BUFFER;
  config.generation = AT_NEWEST;
  config.n_extra = 0;
  null_model_init(&model, "network");
  return 0;
}

static void send_bytes(const void *bytes, uint32_t size) {
  assert_true(size <= HOST_MOST_BYTES - host.n_input);
  memcpy(host.input + host.n_input, bytes, size);
  host.n_input += size;
}

static void send_packet(uint32_t header, const void *bytes, uint32_t size) {
  const uint8_t head[] = {(uint8_t)(header >> 8), (uint8_t)header};
  const uint8_t padding[PAYLOAD] = {0};
  send_bytes(head, sizeof head);
  send_bytes(bytes, size);
  send_bytes(padding, PAYLOAD - size);
}

/* One in packets, with its length in front. */
static void send_message(const uint8_t *message, uint32_t size) {
  uint8_t delimited[512] = {0};
  uint32_t n = 0;
  for (uint32_t left = size; n == 0 || left > 0; left >>= 7) {
    delimited[n++] = (uint8_t)((left & 0x7Fu) | (left >= 0x80u ? 0x80u : 0u));
  }
  memcpy(delimited + n, message, size);
  n += size;
  for (uint32_t at = 0; at < n; at += PAYLOAD) {
    const uint32_t piece = n - at < PAYLOAD ? n - at : PAYLOAD;
    send_packet(piece, delimited + at, piece);
  }
}

static void send_request(uint8_t cmd, uint8_t param, const char *name, uint8_t opt) {
  uint8_t message[128] = {0x08, 1, 0x10, cmd, 0x18, param, 0x22, (uint8_t)strlen(name)};
  const uint32_t n = 8 + message[7];
  memcpy(message + 8, name, message[7]);
  message[n] = 0x28;
  message[n + 1] = opt;
  send_message(message, n + 2);
}

static void send_data(uint32_t size) {
  uint8_t message[400] = {0x08, 0, 0x10, (uint8_t)(size | 0x80u), (uint8_t)(size >> 7),
                          0x18, 0, 0x22, (uint8_t)(size | 0x80u), (uint8_t)(size >> 7)};
  send_message(message, 10 + size);
}

static void send_ack(void) {
  const uint8_t message[] = {0x08, 0, 0x10, 0};
  send_message(message, sizeof message);
}

static void send_session(void) {
  send_request(0, 0, "", 0);
  send_request(1, 0, "", 0);
  send_request(10, 0, "", 0);
  send_request(10, 1, "", 0);
  send_request(11, 7, "network", 1);
  send_data(sizeof model.input_1);
  send_ack();
  send_data(sizeof model.input_2);
  send_ack();
}

static void serve(void) {
  at_target target;
  at_init(&target, &config);
  at_serve(&target);
}

/* Of the bytes that were sent, the number of packets that end a message; what is neither packet nor sync byte fails the test. */
static uint32_t count_messages(uint32_t payload) {
  uint32_t messages = 0, at = 0;
  while (at < host.n_output) {
    if (host.output[at] == 0xAA) {
      ++at;
      continue;
    }
    assert_true(host.n_output - at >= payload + 2);
    const uint32_t n = (uint32_t)(host.output[at] & 0x7F) << 8 | host.output[at + 1];
    const bool is_last = (host.output[at] & 0x80) != 0;
    assert_true(n <= payload && (is_last || n == payload));
    messages += is_last ? 1 : 0;
    at += payload + 2;
  }
  return messages;
}

static const uint32_t messages_of_session =
    4 + 3 + 4 + 5 + 1 + 2; /* commands, acks, nodes, their tensors, the inference, outputs */

static void test_a_session(void **state) {
  (void)state;
  send_session();
  serve();
  assert_int_equal(count_messages(PAYLOAD), messages_of_session);
  assert_int_equal(host.resets, 0);
}

static void test_bytes_come_one_by_one(void **state) {
  (void)state;
  static uint8_t expected[HOST_MOST_BYTES];
  send_session();
  serve();
  const uint32_t n = host.n_output;
  memcpy(expected, host.output, n);
  host.at = host.n_output = 0;
  host.most_read = 1;
  serve();
  assert_int_equal(host.n_output, n);
  /* but for times */
  assert_memory_equal(host.output, expected, (size_t)PACKET * 2);
}

/* Whatever a host has said, the next one is answered as if there had been none. */
static void serve_the_next(at_target *target) {
  at_serve(target);
  host.n_output = host.at = host.n_input = 0;
  send_session();
  at_serve(target);
  assert_int_equal(count_messages(PAYLOAD), messages_of_session);
  host.n_output = host.at = 0;
}

static void test_a_host_goes_at_any_byte(void **state) {
  (void)state;
  send_session();
  const uint32_t size = host.n_input;
  at_target target;
  at_init(&target, &config);
  for (uint32_t cut = 0; cut < size; ++cut) {
    host.n_input = cut;
    serve_the_next(&target);
  }
}

static void test_any_bit_is_another_one(void **state) {
  (void)state;
  send_session();
  at_target target;
  at_init(&target, &config);
  for (uint32_t bit = 0; bit < host.n_input * 8; ++bit) {
    host.input[bit / 8] ^= (uint8_t)(1u << bit % 8);
    serve_the_next(&target);
  }
}

static void test_a_host_stops_reading_at_any_byte(void **state) {
  (void)state;
  send_session();
  serve();
  const uint32_t size = host.n_output;
  at_target target;
  at_init(&target, &config);
  for (uint32_t most = 0; most < size; ++most) {
    host.at = host.n_output = 0;
    host.most_output = most;
    at_serve(&target);
    assert_true(host.n_output <= most);
    assert_int_equal(host.late_reads, 0);
    host.at = host.n_output = 0;
    host.most_output = HOST_MOST_BYTES;
    host.nobody_reads = false;
    at_serve(&target);
    assert_int_equal(count_messages(PAYLOAD), messages_of_session);
  }
}

/* Nothing is read behind a packet whatever its header says, in a request and within a command. */
static void test_headers_beyond_the_packet(void **state) {
  (void)state;
  for (uint32_t header = PAYLOAD + 1; header <= 0xFFFF; header += 1 + header / 7) {
    for (int in_run = 0; in_run < 2; ++in_run) {
      set_up(NULL);
      if (in_run != 0) send_request(11, 1, "network", 1);
      send_packet(header, "\x0a\x08\x01", 3);
      host.quiet_at = host.n_input;
      send_session();
      serve();
      assert_int_equal(host.resets, 1);
      assert_int_equal(count_messages(PAYLOAD), messages_of_session + (uint32_t)in_run);
    }
  }
}

/* By which hosts find the end of a packet. */
static void test_zeros_without_a_pause_end_garbage(void **state) {
  (void)state;
  static const uint8_t zeros[2 * PACKET] = {0};
  send_packet(PAYLOAD + 1, zeros, PAYLOAD);
  send_bytes(zeros, sizeof zeros);
  host.most_read = 1;
  serve();
  assert_int_equal(host.n_output, 1);
  assert_int_equal(host.output[0], 0xAA);
}

static void test_half_a_packet_is_given_up_when_idle(void **state) {
  (void)state;
  send_bytes("\x00\x0b\x0a\x08", 4);
  host.quiet_at = host.n_input;
  send_session();
  serve();
  assert_int_equal(count_messages(PAYLOAD), messages_of_session);
}

static void test_a_request_of_gigabytes_is_none(void **state) {
  (void)state;
  send_packet(5, "\xff\xff\xff\xff\x0f", 5);
  send_packet(3, "\x81\x08\x08", 3); /* 1025 */
  send_session();
  serve();
  assert_int_equal(count_messages(PAYLOAD), messages_of_session);
}

static void test_memory_outside_of_the_regions_is_not_touched(void **state) {
  (void)state;
  static const struct {
    uint8_t address[5], size[5]; /* varints */
  } outside[] = {{{0x80, 0x20}, {65}}, {{0xff, 0x1f}, {1}}, {{0xc1, 0x20}, {0}}, {{0xff, 0xff, 0xff, 0xff, 0x0f}, {2}}};
  for (size_t i = 0; i < sizeof outside / sizeof outside[0]; ++i) {
    for (uint8_t cmd = 20; cmd <= 22; ++cmd) {
      uint8_t message[32] = {0x08, 1, 0x10, cmd, 0x18};
      uint32_t n = 5;
      set_up(NULL);
      for (uint32_t k = 0; k < 5 && (k == 0 || outside[i].address[k - 1] >= 0x80); ++k)
        message[n++] = outside[i].address[k];
      message[n++] = 0x22;
      message[n++] = 0;
      message[n++] = 0x28;
      message[n++] = outside[i].size[0];
      send_message(message, n);
      serve();
      assert_int_equal(count_messages(PAYLOAD), 1);
      assert_int_equal(host.output[2 + 3], 4); /* the state: error */
    }
  }
}

static void test_the_buffer_decides_about_packets(void **state) {
  (void)state;
  static const uint32_t sizes[][2] = {{34, 0}, {35, 33}, {384, 382}, {4096, 4094}};
  for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; ++i) {
    set_up(NULL);
    config.packet_bytes = sizes[i][0];
    send_request(1, 0, "", 0);
    serve();
    const uint8_t *field = memchr(host.output, 0x28, PACKET); /* com_param */
    assert_non_null(field);
    assert_int_equal(field[1] < 0x80 ? field[1] : (field[1] & 0x7F) | field[2] << 7, sizes[i][1]);
    assert_int_equal(host.n_output, PACKET); /* still in the small size */
  }
}

/* The words of the device are field 5 where headers have one byte, and else behind the size of packets. */
static void test_words_of_the_device(void **state) {
  (void)state;
  static const uint32_t words[] = {1, 2};
  static const uint8_t request[] = {11, 10, 0x08, 1, 0x10, 1, 0x18, 0, 0x22, 0, 0x28, 0}, padding[PACKET] = {0};
  static const uint8_t newest[] = {0x28, 0, 0x30, 1, 0x30, 2}, before[] = {0x28, 1, 0x28, 2};
  config.extra = words;
  for (uint32_t header = 1; header <= 2; ++header) {
    const uint8_t *tail = header == 1 ? before : newest;
    const uint32_t tail_size = header == 1 ? sizeof before : sizeof newest;
    host_begin();
    config.n_extra = 2;
    config.generation = header == 1 ? AT_GENERATION_2 : AT_NEWEST;
    send_bytes(padding, header - 1);
    send_bytes(request, sizeof request);
    send_bytes(padding, PAYLOAD + 1 - sizeof request);
    serve();
    const uint32_t size = header == 1 ? host.output[0] & 0x7Fu : host.output[1];
    assert_int_equal(host.output[0] & 0x80, 0x80);
    assert_int_equal(host.n_output, header + PAYLOAD);
    assert_memory_equal(host.output + header + size - tail_size, tail, tail_size);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup(test_a_session, set_up),
      cmocka_unit_test_setup(test_bytes_come_one_by_one, set_up),
      cmocka_unit_test_setup(test_a_host_goes_at_any_byte, set_up),
      cmocka_unit_test_setup(test_any_bit_is_another_one, set_up),
      cmocka_unit_test_setup(test_a_host_stops_reading_at_any_byte, set_up),
      cmocka_unit_test_setup(test_headers_beyond_the_packet, set_up),
      cmocka_unit_test_setup(test_zeros_without_a_pause_end_garbage, set_up),
      cmocka_unit_test_setup(test_half_a_packet_is_given_up_when_idle, set_up),
      cmocka_unit_test_setup(test_a_request_of_gigabytes_is_none, set_up),
      cmocka_unit_test_setup(test_memory_outside_of_the_regions_is_not_touched, set_up),
      cmocka_unit_test_setup(test_the_buffer_decides_about_packets, set_up),
      cmocka_unit_test_setup(test_words_of_the_device, set_up),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
