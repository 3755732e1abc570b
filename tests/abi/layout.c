// SPDX-License-Identifier: BSD-3-Clause
// The sizes and offsets of all public structs on 64-bit systems, as released. Compiling this file is the test: a struct that begins with
// struct_size may grow at its end, which adds lines here and changes its SIZE; all others are frozen, and a line that exists never
// changes.
#include <airunner_backend.h>
#include <airunner_report.h>
#include <airunner_st.h>
#include <stddef.h>

#define OFFSET(type, member, expected) \
  _Static_assert(offsetof(type, member) == (expected), #type "." #member " has moved")
#define SIZE(type, expected) _Static_assert(sizeof(type) == (expected), #type " has changed its size")

#if UINTPTR_MAX == UINT64_MAX

// airunner.h

OFFSET(air_error, status, 0);
OFFSET(air_error, vendor_code, 4);
OFFSET(air_error, message, 8);
OFFSET(air_error, n_causes, 16);
OFFSET(air_error, causes, 24);
SIZE(air_error, 32);

OFFSET(air_call, struct_size, 0);
OFFSET(air_call, timeout_ms, 4);
OFFSET(air_call, token, 8);
SIZE(air_call, 16);

OFFSET(air_quantization, known, 0);
OFFSET(air_quantization, axis, 4);
OFFSET(air_quantization, block, 8);
OFFSET(air_quantization, n, 12);
OFFSET(air_quantization, scales, 16);
OFFSET(air_quantization, zero_points, 24);
SIZE(air_quantization, 32);

OFFSET(air_tensor, name, 0);
OFFSET(air_tensor, tag, 8);
OFFSET(air_tensor, dtype, 16);
OFFSET(air_tensor, encoding, 20);
OFFSET(air_tensor, flags, 24);
OFFSET(air_tensor, rank, 28);
OFFSET(air_tensor, shape, 32);
OFFSET(air_tensor, storage_shape, 40);
OFFSET(air_tensor, n_elements, 48);
OFFSET(air_tensor, size_bytes, 56);
OFFSET(air_tensor, quantization, 64);
OFFSET(air_tensor, address, 72);
SIZE(air_tensor, 80);

OFFSET(air_column, name, 0);
OFFSET(air_column, unit, 8);
OFFSET(air_column, text, 16);
OFFSET(air_column, kind, 24);
OFFSET(air_column, per_node, 28);
SIZE(air_column, 32);

OFFSET(air_node, name, 0);
OFFSET(air_node, operation, 8);
OFFSET(air_node, operation_code, 16);
OFFSET(air_node, computes_in, 20);
OFFSET(air_node, processor, 24);
OFFSET(air_node, layer, 32);
OFFSET(air_node, n_inputs, 40);
OFFSET(air_node, n_outputs, 44);
OFFSET(air_node, inputs, 48);
OFFSET(air_node, outputs, 56);
OFFSET(air_node, covers, 64);
OFFSET(air_node, n_covers, 72);
OFFSET(air_node, reserved, 76);
SIZE(air_node, 80);

OFFSET(air_option, key, 0);
OFFSET(air_option, value, 8);
SIZE(air_option, 16);

OFFSET(air_model, name, 0);
OFFSET(air_model, descriptor, 8);
OFFSET(air_model, backend, 16);
OFFSET(air_model, capabilities, 24);
OFFSET(air_model, native_batch, 28);
OFFSET(air_model, macc, 32);
OFFSET(air_model, weights_bytes, 40);
OFFSET(air_model, activations_bytes, 48);
OFFSET(air_model, states_bytes, 56);
OFFSET(air_model, n_inputs, 64);
OFFSET(air_model, n_outputs, 68);
OFFSET(air_model, inputs, 72);
OFFSET(air_model, outputs, 80);
OFFSET(air_model, n_nodes_told, 88);
OFFSET(air_model, n_nodes, 92);
OFFSET(air_model, nodes, 96);
OFFSET(air_model, n_columns, 104);
OFFSET(air_model, n_properties, 108);
OFFSET(air_model, columns, 112);
OFFSET(air_model, properties, 120);
OFFSET(air_model, n_weights_pools, 128);
OFFSET(air_model, n_activations_pools, 132);
OFFSET(air_model, weights_pools, 136);
OFFSET(air_model, activations_pools, 144);
SIZE(air_model, 152);

OFFSET(air_log, line, 0);
OFFSET(air_log, drop, 8);
OFFSET(air_log, user, 16);
OFFSET(air_log, level, 24);
OFFSET(air_log, reserved, 28);
SIZE(air_log, 32);

OFFSET(air_weights, data, 0);
OFFSET(air_weights, size_bytes, 8);
SIZE(air_weights, 16);

OFFSET(air_connect_options, struct_size, 0);
OFFSET(air_connect_options, timeout_ms, 4);
OFFSET(air_connect_options, token, 8);
OFFSET(air_connect_options, model_name, 16);
OFFSET(air_connect_options, options, 24);
OFFSET(air_connect_options, weights, 32);
OFFSET(air_connect_options, plugin_paths, 40);
OFFSET(air_connect_options, log, 48);
OFFSET(air_connect_options, n_options, 56);
OFFSET(air_connect_options, n_weights, 60);
OFFSET(air_connect_options, n_plugin_paths, 64);
OFFSET(air_connect_options, reserved, 68);
SIZE(air_connect_options, 72);

OFFSET(air_input, data, 0);
OFFSET(air_input, size_bytes, 8);
OFFSET(air_input, shape, 16);
OFFSET(air_input, rank, 24);
OFFSET(air_input, dtype, 28);
SIZE(air_input, 32);

OFFSET(air_output, data, 0);
OFFSET(air_output, size_bytes, 8);
SIZE(air_output, 16);

OFFSET(air_input_set, n, 0);
OFFSET(air_input_set, reserved, 4);
OFFSET(air_input_set, inputs, 8);
OFFSET(air_input_set, data, 16);
SIZE(air_input_set, 24);

OFFSET(air_random, seed, 0);
OFFSET(air_random, has_range, 4);
OFFSET(air_random, low, 8);
OFFSET(air_random, high, 16);
OFFSET(air_random, io_mode, 24);
OFFSET(air_random, reserved, 28);
SIZE(air_random, 32);

OFFSET(air_view, data, 0);
OFFSET(air_view, size_bytes, 8);
OFFSET(air_view, shape, 16);
OFFSET(air_view, rank, 24);
OFFSET(air_view, dtype, 28);
SIZE(air_view, 32);

OFFSET(air_node_event, sample, 0);
OFFSET(air_node_event, node, 8);
OFFSET(air_node_event, n_tensors, 12);
OFFSET(air_node_event, description, 16);
OFFSET(air_node_event, tensors, 24);
OFFSET(air_node_event, duration_ms, 32);
OFFSET(air_node_event, n_columns, 40);
OFFSET(air_node_event, reserved, 44);
OFFSET(air_node_event, columns, 48);
OFFSET(air_node_event, values, 56);
OFFSET(air_node_event, note, 64);
SIZE(air_node_event, 72);

OFFSET(air_sample_event, sample, 0);
OFFSET(air_sample_event, n_outputs, 8);
OFFSET(air_sample_event, reserved, 12);
OFFSET(air_sample_event, outputs, 16);
OFFSET(air_sample_event, duration_ms, 24);
SIZE(air_sample_event, 32);

OFFSET(air_callbacks, struct_size, 0);
OFFSET(air_callbacks, reserved, 4);
OFFSET(air_callbacks, user, 8);
OFFSET(air_callbacks, on_sample_begin, 16);
OFFSET(air_callbacks, on_sample_end, 24);
OFFSET(air_callbacks, on_node_begin, 32);
OFFSET(air_callbacks, on_node_end, 40);
OFFSET(air_callbacks, on_progress, 48);
SIZE(air_callbacks, 56);

OFFSET(air_given, node, 0);
OFFSET(air_given, output, 4);
OFFSET(air_given, data, 8);
OFFSET(air_given, size_bytes, 16);
SIZE(air_given, 24);

OFFSET(air_invoke_options, struct_size, 0);
OFFSET(air_invoke_options, mode, 4);
OFFSET(air_invoke_options, io_mode, 8);
OFFSET(air_invoke_options, timeout_ms, 12);
OFFSET(air_invoke_options, token, 16);
OFFSET(air_invoke_options, warmup, 24);
OFFSET(air_invoke_options, repeat, 28);
OFFSET(air_invoke_options, user_option, 32);
OFFSET(air_invoke_options, n_keep_nodes, 36);
OFFSET(air_invoke_options, keep_nodes, 40);
OFFSET(air_invoke_options, given, 48);
OFFSET(air_invoke_options, n_given, 56);
OFFSET(air_invoke_options, reserved, 60);
SIZE(air_invoke_options, 64);

OFFSET(air_not_finite, n_nan, 0);
OFFSET(air_not_finite, n_infinite, 8);
SIZE(air_not_finite, 16);

OFFSET(air_profile, n_samples, 0);
OFFSET(air_profile, n_runs, 8);
OFFSET(air_profile, device_ms, 16);
OFFSET(air_profile, link_ms, 24);
OFFSET(air_profile, host_ms, 32);
OFFSET(air_profile, begin_unix_ms, 40);
OFFSET(air_profile, mode, 48);
OFFSET(air_profile, asked_mode, 52);
OFFSET(air_profile, io_mode, 56);
OFFSET(air_profile, warmup, 60);
OFFSET(air_profile, repeat, 64);
OFFSET(air_profile, timeout_ms, 68);
OFFSET(air_profile, stopped, 72);
OFFSET(air_profile, n_not_finite, 76);
OFFSET(air_profile, not_finite, 80);
SIZE(air_profile, 88);

OFFSET(air_result_parts, struct_size, 0);
OFFSET(air_result_parts, reserved, 4);
OFFSET(air_result_parts, model, 8);
OFFSET(air_result_parts, profile, 16);
OFFSET(air_result_parts, inputs, 24);
OFFSET(air_result_parts, outputs, 32);
OFFSET(air_result_parts, node_outputs, 40);
OFFSET(air_result_parts, values, 48);
OFFSET(air_result_parts, node_values, 56);
OFFSET(air_result_parts, notes, 64);
OFFSET(air_result_parts, node_notes, 72);
SIZE(air_result_parts, 80);

OFFSET(air_option_info, key, 0);
OFFSET(air_option_info, default_value, 8);
OFFSET(air_option_info, text, 16);
OFFSET(air_option_info, type, 24);
OFFSET(air_option_info, n_choices, 28);
OFFSET(air_option_info, choices, 32);
SIZE(air_option_info, 40);

OFFSET(air_plugin, status, 0);
OFFSET(air_plugin, abi_version, 4);
OFFSET(air_plugin, path, 8);
OFFSET(air_plugin, name, 16);
OFFSET(air_plugin, version, 24);
OFFSET(air_plugin, description, 32);
OFFSET(air_plugin, error, 40);
OFFSET(air_plugin, n_schemes, 48);
OFFSET(air_plugin, n_patterns, 52);
OFFSET(air_plugin, n_options, 56);
OFFSET(air_plugin, has_manifest, 60);
OFFSET(air_plugin, schemes, 64);
OFFSET(air_plugin, patterns, 72);
OFFSET(air_plugin, options, 80);
SIZE(air_plugin, 88);

OFFSET(air_search_place, path, 0);
OFFSET(air_search_place, origin, 8);
OFFSET(air_search_place, exists, 16);
OFFSET(air_search_place, reserved, 20);
SIZE(air_search_place, 24);

OFFSET(air_plugin_list, n_places, 0);
OFFSET(air_plugin_list, n_plugins, 4);
OFFSET(air_plugin_list, places, 8);
OFFSET(air_plugin_list, plugins, 16);
SIZE(air_plugin_list, 24);

OFFSET(air_device, descriptor, 0);
OFFSET(air_device, description, 8);
OFFSET(air_device, backend, 16);
OFFSET(air_device, n_properties, 24);
OFFSET(air_device, reserved, 28);
OFFSET(air_device, properties, 32);
SIZE(air_device, 40);

OFFSET(air_device_list, n_devices, 0);
OFFSET(air_device_list, reserved, 4);
OFFSET(air_device_list, devices, 8);
SIZE(air_device_list, 16);

// airunner_report.h

OFFSET(air_statistics, count, 0);
OFFSET(air_statistics, mean, 8);
OFFSET(air_statistics, std, 16);
OFFSET(air_statistics, min, 24);
OFFSET(air_statistics, max, 32);
OFFSET(air_statistics, p50, 40);
OFFSET(air_statistics, p90, 48);
OFFSET(air_statistics, p99, 56);
SIZE(air_statistics, 64);

OFFSET(air_value_statistics, count, 0);
OFFSET(air_value_statistics, n_nan, 8);
OFFSET(air_value_statistics, n_inf, 16);
OFFSET(air_value_statistics, n_zero, 24);
OFFSET(air_value_statistics, mean, 32);
OFFSET(air_value_statistics, std, 40);
OFFSET(air_value_statistics, min, 48);
OFFSET(air_value_statistics, max, 56);
OFFSET(air_value_statistics, histogram, 64);
SIZE(air_value_statistics, 320);

OFFSET(air_text_options, struct_size, 0);
OFFSET(air_text_options, width, 4);
OFFSET(air_text_options, colour, 8);
OFFSET(air_text_options, verbose, 12);
SIZE(air_text_options, 16);

OFFSET(air_document, name, 0);
OFFSET(air_document, json, 8);
SIZE(air_document, 16);

OFFSET(air_array, name, 0);
OFFSET(air_array, values, 8);
SIZE(air_array, 40);

OFFSET(air_regression_options, struct_size, 0);
OFFSET(air_regression_options, n_limits, 4);
OFFSET(air_regression_options, limits, 8);
SIZE(air_regression_options, 16);

OFFSET(air_limit, metric, 0);
OFFSET(air_limit, reserved, 4);
OFFSET(air_limit, min, 8);
OFFSET(air_limit, max, 16);
SIZE(air_limit, 24);

OFFSET(air_needed_nodes, reference, 0);
OFFSET(air_needed_nodes, other, 8);
OFFSET(air_needed_nodes, n_reference, 16);
OFFSET(air_needed_nodes, n_other, 20);
SIZE(air_needed_nodes, 24);

OFFSET(air_compare_options, struct_size, 0);
OFFSET(air_compare_options, n_limits, 4);
OFFSET(air_compare_options, limits, 8);
OFFSET(air_compare_options, reference_session, 16);
OFFSET(air_compare_options, other_session, 24);
OFFSET(air_compare_options, timeout_ms, 32);
OFFSET(air_compare_options, connect, 40);
OFFSET(air_compare_options, token, 48);
OFFSET(air_compare_options, random_inputs, 56);
OFFSET(air_compare_options, layout, 60);
OFFSET(air_compare_options, next, 64);
OFFSET(air_compare_options, user, 72);
OFFSET(air_compare_options, n_samples, 80);
SIZE(air_compare_options, 88);

OFFSET(air_value_summary, min, 0);
OFFSET(air_value_summary, max, 8);
OFFSET(air_value_summary, mean, 16);
OFFSET(air_value_summary, std, 24);
OFFSET(air_value_summary, n_nan, 32);
OFFSET(air_value_summary, n_inf, 40);
SIZE(air_value_summary, 48);

OFFSET(air_tensor_pair, reference, 0);
OFFSET(air_tensor_pair, other, 8);
OFFSET(air_tensor_pair, layout, 16);
OFFSET(air_tensor_pair, broken, 20);
OFFSET(air_tensor_pair, n_values, 24);
OFFSET(air_tensor_pair, n_not_finite, 32);
OFFSET(air_tensor_pair, n_metrics, 40);
OFFSET(air_tensor_pair, error_unit, 44);
OFFSET(air_tensor_pair, metrics, 48);
OFFSET(air_tensor_pair, max_error_index, 56);
OFFSET(air_tensor_pair, quantum, 64);
OFFSET(air_tensor_pair, reference_values, 72);
OFFSET(air_tensor_pair, other_values, 120);
OFFSET(air_tensor_pair, n_bins, 168);
OFFSET(air_tensor_pair, reserved, 172);
OFFSET(air_tensor_pair, bin_limits, 176);
OFFSET(air_tensor_pair, bins, 184);
OFFSET(air_tensor_pair, n_points, 192);
OFFSET(air_tensor_pair, points, 200);
OFFSET(air_tensor_pair, clipped, 208);
OFFSET(air_tensor_pair, n_lost, 216);
OFFSET(air_tensor_pair, n_parts, 220);
OFFSET(air_tensor_pair, lost_axis, 224);
OFFSET(air_tensor_pair, mixed_axis, 228);
OFFSET(air_tensor_pair, n_mixed, 232);
OFFSET(air_tensor_pair, reserved_2, 236);
OFFSET(air_tensor_pair, mixed_metrics, 240);
OFFSET(air_tensor_pair, quantizer, 248);
OFFSET(air_tensor_pair, quantizer_error, 256);
OFFSET(air_tensor_pair, quantizer_min, 264);
OFFSET(air_tensor_pair, quantizer_max, 272);
SIZE(air_tensor_pair, 280);

OFFSET(air_local_error, ratio, 0);
OFFSET(air_local_error, whole_ratio, 8);
OFFSET(air_local_error, threshold, 16);
OFFSET(air_local_error, rmse, 24);
OFFSET(air_local_error, predicted, 32);
OFFSET(air_local_error, n_values, 40);
OFFSET(air_local_error, clipped, 48);
OFFSET(air_local_error, n_not_finite, 56);
OFFSET(air_local_error, channel, 64);
OFFSET(air_local_error, n_channels, 68);
OFFSET(air_local_error, suggestion, 72);
OFFSET(air_local_error, suggestion_ratio, 80);
SIZE(air_local_error, 88);

OFFSET(air_node_pair, reference, 0);
OFFSET(air_node_pair, other, 8);
OFFSET(air_node_pair, reference_index, 16);
OFFSET(air_node_pair, other_index, 20);
OFFSET(air_node_pair, verdict, 24);
OFFSET(air_node_pair, matched_by, 28);
OFFSET(air_node_pair, confidence, 32);
OFFSET(air_node_pair, allowed_rmse, 40);
OFFSET(air_node_pair, n_tensors, 48);
OFFSET(air_node_pair, reserved, 52);
OFFSET(air_node_pair, tensors, 56);
OFFSET(air_node_pair, local, 64);
SIZE(air_node_pair, 72);

OFFSET(air_comparison, reference, 0);
OFFSET(air_comparison, other, 8);
OFFSET(air_comparison, n_samples, 16);
OFFSET(air_comparison, passed, 24);
OFFSET(air_comparison, n_limits, 28);
OFFSET(air_comparison, n_inputs, 32);
OFFSET(air_comparison, n_outputs, 36);
OFFSET(air_comparison, n_nodes, 40);
OFFSET(air_comparison, n_matched, 44);
OFFSET(air_comparison, first_diverging, 48);
OFFSET(air_comparison, n_own_errors, 52);
OFFSET(air_comparison, limits, 56);
OFFSET(air_comparison, inputs, 64);
OFFSET(air_comparison, outputs, 72);
OFFSET(air_comparison, nodes, 80);
OFFSET(air_comparison, judge_side, 88);
OFFSET(air_comparison, conclusion, 92);
OFFSET(air_comparison, n_saturated, 96);
OFFSET(air_comparison, reserved, 100);
OFFSET(air_comparison, most_saturated, 104);
OFFSET(air_comparison, weights, 112);
OFFSET(air_comparison, n_reference_with_data, 120);
OFFSET(air_comparison, n_other_with_data, 124);
SIZE(air_comparison, 128);

// airunner_st.h

OFFSET(air_st_backend, struct_size, 0);
OFFSET(air_st_backend, reserved, 4);
OFFSET(air_st_backend, memory_read, 8);
OFFSET(air_st_backend, memory_write, 16);
OFFSET(air_st_backend, memory_checksum, 24);
OFFSET(air_st_backend, self_test, 32);
SIZE(air_st_backend, 40);

// airunner_backend.h

OFFSET(air_backend_tensor, struct_size, 0);
OFFSET(air_backend_tensor, dtype, 4);
OFFSET(air_backend_tensor, encoding, 8);
OFFSET(air_backend_tensor, flags, 12);
OFFSET(air_backend_tensor, rank, 16);
OFFSET(air_backend_tensor, n_scales, 20);
OFFSET(air_backend_tensor, shape, 24);
OFFSET(air_backend_tensor, scales, 32);
OFFSET(air_backend_tensor, zero_points, 40);
OFFSET(air_backend_tensor, axis, 48);
OFFSET(air_backend_tensor, block, 52);
OFFSET(air_backend_tensor, fraction_bits, 56);
OFFSET(air_backend_tensor, reserved, 60);
OFFSET(air_backend_tensor, name, 64);
OFFSET(air_backend_tensor, tag, 72);
OFFSET(air_backend_tensor, address, 80);
SIZE(air_backend_tensor, 88);

OFFSET(air_backend_node, struct_size, 0);
OFFSET(air_backend_node, operation_code, 4);
OFFSET(air_backend_node, name, 8);
OFFSET(air_backend_node, operation, 16);
OFFSET(air_backend_node, processor, 24);
OFFSET(air_backend_node, computes_in, 32);
OFFSET(air_backend_node, layer_number, 36);
OFFSET(air_backend_node, n_inputs, 40);
OFFSET(air_backend_node, n_outputs, 44);
OFFSET(air_backend_node, inputs, 48);
OFFSET(air_backend_node, outputs, 56);
OFFSET(air_backend_node, covers, 64);
OFFSET(air_backend_node, n_covers, 72);
OFFSET(air_backend_node, n_properties, 76);
OFFSET(air_backend_node, properties, 80);
SIZE(air_backend_node, 88);

OFFSET(air_backend_column, struct_size, 0);
OFFSET(air_backend_column, kind, 4);
OFFSET(air_backend_column, name, 8);
OFFSET(air_backend_column, unit, 16);
OFFSET(air_backend_column, text, 24);
OFFSET(air_backend_column, per_node, 32);
OFFSET(air_backend_column, reserved, 36);
SIZE(air_backend_column, 40);

OFFSET(air_backend_model, struct_size, 0);
OFFSET(air_backend_model, capabilities, 4);
OFFSET(air_backend_model, name, 8);
OFFSET(air_backend_model, n_inputs, 16);
OFFSET(air_backend_model, n_outputs, 20);
OFFSET(air_backend_model, inputs, 24);
OFFSET(air_backend_model, outputs, 32);
OFFSET(air_backend_model, n_nodes, 40);
OFFSET(air_backend_model, reserved, 44);
OFFSET(air_backend_model, nodes, 48);
OFFSET(air_backend_model, columns, 56);
OFFSET(air_backend_model, n_columns, 64);
OFFSET(air_backend_model, n_properties, 68);
OFFSET(air_backend_model, properties, 72);
OFFSET(air_backend_model, native_batch, 80);
OFFSET(air_backend_model, layer_batch, 84);
OFFSET(air_backend_model, macc, 88);
OFFSET(air_backend_model, weights_bytes, 96);
OFFSET(air_backend_model, activations_bytes, 104);
OFFSET(air_backend_model, states_bytes, 112);
OFFSET(air_backend_model, n_weights_pools, 120);
OFFSET(air_backend_model, n_activations_pools, 124);
OFFSET(air_backend_model, weights_pools, 128);
OFFSET(air_backend_model, activations_pools, 136);
SIZE(air_backend_model, 144);

OFFSET(air_connection_info, struct_size, 0);
OFFSET(air_connection_info, n_models, 4);
OFFSET(air_connection_info, models, 8);
OFFSET(air_connection_info, descriptor, 16);
SIZE(air_connection_info, 24);

OFFSET(air_host, struct_size, 0);
OFFSET(air_host, reserved, 4);
OFFSET(air_host, now_ns, 8);
OFFSET(air_host, set_error, 16);
OFFSET(air_host, add_cause, 24);
OFFSET(air_host, log, 32);
OFFSET(air_host, log_level, 40);
SIZE(air_host, 48);

OFFSET(air_connect_request, struct_size, 0);
OFFSET(air_connect_request, timeout_ms, 4);
OFFSET(air_connect_request, deadline_ns, 8);
OFFSET(air_connect_request, scheme, 16);
OFFSET(air_connect_request, rest, 24);
OFFSET(air_connect_request, model_name, 32);
OFFSET(air_connect_request, options, 40);
OFFSET(air_connect_request, n_options, 48);
OFFSET(air_connect_request, n_weights, 52);
OFFSET(air_connect_request, weights, 56);
OFFSET(air_connect_request, log, 64);
OFFSET(air_connect_request, sink, 72);
OFFSET(air_connect_request, check, 80);
SIZE(air_connect_request, 88);

OFFSET(air_backend_event, struct_size, 0);
OFFSET(air_backend_event, node, 4);
OFFSET(air_backend_event, sample, 8);
OFFSET(air_backend_event, n_samples, 16);
OFFSET(air_backend_event, n_values, 20);
OFFSET(air_backend_event, values, 24);
OFFSET(air_backend_event, data, 32);
OFFSET(air_backend_event, shapes, 40);
OFFSET(air_backend_event, note, 48);
SIZE(air_backend_event, 56);

OFFSET(air_run_result, struct_size, 0);
OFFSET(air_run_result, n_values, 4);
OFFSET(air_run_result, device_ns, 8);
OFFSET(air_run_result, run_ns, 16);
OFFSET(air_run_result, end_ns, 24);
OFFSET(air_run_result, values, 32);
OFFSET(air_run_result, note, 40);
SIZE(air_run_result, 48);

OFFSET(air_run, struct_size, 0);
OFFSET(air_run, mode, 4);
OFFSET(air_run, flags, 8);
OFFSET(air_run, n_samples, 12);
OFFSET(air_run, user_option, 16);
OFFSET(air_run, reserved, 20);
OFFSET(air_run, sample, 24);
OFFSET(air_run, deadline_ns, 32);
OFFSET(air_run, inputs, 40);
OFFSET(air_run, outputs, 48);
OFFSET(air_run, sink, 56);
OFFSET(air_run, check, 64);
OFFSET(air_run, on_node_begin, 72);
OFFSET(air_run, on_node_end, 80);
OFFSET(air_run, describe_node, 88);
OFFSET(air_run, add_column, 96);
OFFSET(air_run, output_memory, 104);
OFFSET(air_run, result, 112);
OFFSET(air_run, given, 120);
SIZE(air_run, 128);

OFFSET(air_prepare_request, struct_size, 0);
OFFSET(air_prepare_request, n_nodes, 4);
OFFSET(air_prepare_request, nodes, 8);
OFFSET(air_prepare_request, deadline_ns, 16);
OFFSET(air_prepare_request, sink, 24);
OFFSET(air_prepare_request, check, 32);
SIZE(air_prepare_request, 40);

OFFSET(air_backend_device, struct_size, 0);
OFFSET(air_backend_device, n_properties, 4);
OFFSET(air_backend_device, descriptor, 8);
OFFSET(air_backend_device, description, 16);
OFFSET(air_backend_device, properties, 24);
SIZE(air_backend_device, 32);

OFFSET(air_scan_request, struct_size, 0);
OFFSET(air_scan_request, timeout_ms, 4);
OFFSET(air_scan_request, deadline_ns, 8);
OFFSET(air_scan_request, log, 16);
OFFSET(air_scan_request, sink, 24);
OFFSET(air_scan_request, check, 32);
OFFSET(air_scan_request, found, 40);
SIZE(air_scan_request, 48);

OFFSET(air_backend_option, struct_size, 0);
OFFSET(air_backend_option, type, 4);
OFFSET(air_backend_option, key, 8);
OFFSET(air_backend_option, default_value, 16);
OFFSET(air_backend_option, choices, 24);
OFFSET(air_backend_option, text, 32);
SIZE(air_backend_option, 40);

OFFSET(air_backend, struct_size, 0);
OFFSET(air_backend, abi_version, 4);
OFFSET(air_backend, name, 8);
OFFSET(air_backend, version, 16);
OFFSET(air_backend, description, 24);
OFFSET(air_backend, schemes, 32);
OFFSET(air_backend, patterns, 40);
OFFSET(air_backend, n_options, 48);
OFFSET(air_backend, reserved, 52);
OFFSET(air_backend, options, 56);
OFFSET(air_backend, claims, 64);
OFFSET(air_backend, connect, 72);
OFFSET(air_backend, disconnect, 80);
OFFSET(air_backend, get_info, 88);
OFFSET(air_backend, run, 96);
OFFSET(air_backend, cancel, 104);
OFFSET(air_backend, reset_states, 112);
OFFSET(air_backend, ping, 120);
OFFSET(air_backend, reconnect, 128);
OFFSET(air_backend, scan, 136);
OFFSET(air_backend, prepare, 144);
OFFSET(air_backend, make_memory, 152);
OFFSET(air_backend, free_memory, 160);
OFFSET(air_backend, get_extension, 168);
SIZE(air_backend, 176);

#endif

// Enums are as wide everywhere as the numbers that stand for them in plain C11.
#define WIDTH(type) _Static_assert(sizeof(type) == 4, #type " is not of 32 bits")

WIDTH(air_status);
WIDTH(air_dtype);
WIDTH(air_encoding);
WIDTH(air_kind);
WIDTH(air_log_level);
WIDTH(air_action);
WIDTH(air_place);
WIDTH(air_option_type);
WIDTH(air_metric);
WIDTH(air_layout);
WIDTH(air_error_unit);
WIDTH(air_verdict);
WIDTH(air_side);
WIDTH(air_conclusion);

int main(void) {
  return 0;
}
