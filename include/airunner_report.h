/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * airunner, reports: what results say, for people and programs; files of results; two results compared.
 *
 * A library above libairunner (libairunner-report): it uses public functions only. The rules of airunner.h hold here too; errors are those of
 * air_last_error(). air_comparison is a value like air_result. All functions are thread-safe.
 */
#ifndef AIRUNNER_REPORT_H
#define AIRUNNER_REPORT_H

#include "airunner.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ------------------------------------------------------------------------------------------------------------- statistics */

/** Summary of a series of values. Percentiles interpolate linearly between closest ranks, as numpy.percentile. std is the population
 *  standard deviation. \since 1.0 */
typedef struct air_statistics {
  /** Values that are known. */
  uint64_t count;
  double mean; /**< Arithmetic mean. */
  double std;  /**< Standard deviation. */
  double min;  /**< Smallest. */
  double max;  /**< Largest. */
  double p50;  /**< Median. */
  double p90;  /**< 90th percentile. */
  double p99;  /**< 99th percentile. */
} air_statistics;

/** Computes *out for `count` values; NaN stands for "not known" and is left out; all zero for none. \since 1.0 */
AIR_API air_status air_get_statistics(const double *values, uint64_t count, air_statistics *out);

/** Bins of air_value_statistics.histogram. \since 1.0 */
#define AIR_HISTOGRAM_BINS 32

/** Summary of the real values of a tensor. mean, std (of the population), min and max are those of the finite values, 0 when there are
 *  none. \since 1.0 */
typedef struct air_value_statistics {
  /** All values. */
  uint64_t count;
  uint64_t n_nan;
  uint64_t n_inf;
  uint64_t n_zero;
  double mean; /**< Of the finite values. */
  double std;  /**< Standard deviation. */
  double min;  /**< Smallest. */
  double max;  /**< Largest. */
  /** Finite values in bins of equal width from min to max; in the first when these are equal. */
  uint64_t histogram[AIR_HISTOGRAM_BINS];
} air_value_statistics;

/** Computes *out for n_samples of a tensor: stored elements are taken as air_dequantize() converts them. `storage` holds
 *  n_samples * tensor->size_bytes. \since 1.0 */
AIR_API air_status air_get_value_statistics(const air_tensor *tensor, uint64_t n_samples, const void *storage,
                                            air_value_statistics *out);

/* ---------------------------------------------------------------------------------------------------------------- reports */

/** How a text report looks. \since 1.0 */
typedef struct air_text_options {
  uint32_t struct_size;
  /** Columns of the terminal; long names are shortened to fit. 0: unlimited. */
  uint32_t width;
  /** 1: ANSI colours. */
  uint32_t colour;
  /** 1: also tensor details and versions. */
  uint32_t verbose;
} air_text_options;

/** Flag of the JSON reports: no line breaks. \since 1.0 */
#define AIR_JSON_COMPACT 1u
/** Flag of air_result_to_json(): with the tensor data of nodes as flat arrays. \since 1.0 */
#define AIR_JSON_DATA 2u

/** A model as JSON; keys as in ST's dictionary, documented in docs/json.md. Release with air_free_text(). \since 1.0 */
AIR_API air_status air_model_to_json(const air_model *model, uint32_t flags, char **out_text);

/** A model as a table for people. Release with air_free_text(). \since 1.0 */
AIR_API air_status air_model_to_text(const air_model *model, const air_text_options *options, char **out_text);

/** What was measured as JSON; keys as in ST's dictionary, documented in docs/json.md. Release with air_free_text(). \since 1.0 */
AIR_API air_status air_result_to_json(const air_result *result, uint32_t flags, char **out_text);

/** What was measured as tables for people: times with percentiles, then nodes with share and cumulated share. Release with air_free_text().
 *  \since 1.0 */
AIR_API air_status air_result_to_text(const air_result *result, const air_text_options *options, char **out_text);

/** What was measured as CSV (RFC 4180), one line per node, first line names the columns. Without nodes one line for the whole model. Release
 *  with air_free_text(). \since 1.0 */
AIR_API air_status air_result_to_csv(const air_result *result, char **out_text);

/** A trace for Perfetto and chrome://tracing (trace event format, JSON): tracks for host, link and device, nodes within their sample.
 *  Durations are those measured; begins are made up by laying runs one after the other. Release with air_free_text(). \since 1.0 */
AIR_API air_status air_result_to_trace(const air_result *result, char **out_text);

/** One document for air_render_html(). \since 1.0 */
typedef struct air_document {
  /** Shown on the page, such as the name of its file; NULL: none. */
  const char *name;
  /** A document of docs/json.md: info, profile, run or comparison. */
  const char *json;
} air_document;

/** Renders documents side by side as one HTML page that needs no network and no other file. Nothing in them is trusted. Release with
 *  air_free_text().
 * @return AIR_ERROR_INVALID_INPUT names the document and the key that is not as docs/json.md tells.
 * \since 1.0 */
AIR_API air_status air_render_html(const air_document *documents, uint32_t n_documents, char **out_text);

/** Releases a text given out by the functions above. NULL is accepted. \since 1.0 */
AIR_API void air_free_text(char *text);

/* ------------------------------------------------------------------------------------------------------- files of results */

/** Writes a result as .npz: the arrays as numpy.load() reads them, and their description (docs/compare.md). It needs AIR_MODE_KEEP_INPUTS and
 *  outputs that the result holds. A file that exists is replaced. AIR_ERROR_IO, with errno as vendor_code. \since 1.0 */
AIR_API air_status air_save_result(const air_result *result, const char *path);

/** Reads what air_save_result() wrote; the model has the property "file". AIR_ERROR_INVALID_INPUT for a file that is damaged or something
 *  else; AIR_ERROR_NOT_FOUND, _PERMISSION or _IO for one that cannot be read, with errno as vendor_code. \since 1.0 */
AIR_API air_status air_load_result(const char *path, const air_result **out_result);

/**
 * Inputs for a session from those of a result of another model. They are converted: to the type and quantization of the session's inputs (a
 * value beyond their range is clipped), from channel-last to channel-first or back, with dimensions of 1 left out or added.
 *
 * @param result   Has inputs (AIR_MODE_KEEP_INPUTS). They are taken by name where all names agree, else in order.
 * @param out_set  Release with air_free_inputs().
 * @return AIR_ERROR_INVALID_INPUT names both shapes where one cannot become the other. BUSY as air_make_inputs().
 * \since 1.0
 */
AIR_API air_status air_convert_inputs(const air_session *session, const air_result *result, air_input_set **out_set);

/** One array of a program that is no deployment: what a framework computed. \since 1.0 */
typedef struct air_array {
  /** What its owner calls it; NULL: nothing. */
  const char *name;
  /** Samples first, in C order, of one of NumPy's types (up to AIR_DTYPE_BOOL). */
  air_view values;
} air_array;

/**
 * Makes a result from arrays that another program computed ("golden outputs"), to compare with a deployment. docs/compare.md tells how it is found
 * which array is which tensor: by name where all names agree, else by shape and order. The result has a model of its own: its inputs and outputs
 * are called as those of `model`, and are of the types and shapes of the arrays; its nodes are those whose values are among the arrays. Its property
 * "arrays" has a line for each tensor that says which array it is, "arrays.unused" one for each array that is none. Everything is copied.
 *
 * @param model       Of the deployment. Where a runtime tells its nodes with the first run only, the model of a result knows them; before that the
 *                    result may lack outputs that only a name of a node tells, and is good for air_convert_inputs().
 * @param inputs      Result whose inputs are taken where the arrays hold none; NULL: they have to.
 * @param origin      What the arrays come from, such as the name of a file, for reports and errors: the property "file". NULL: not told.
 * @param out_result  Release with air_release_result().
 * @return AIR_ERROR_NOT_FOUND: the arrays hold no inputs, and `inputs` is NULL. AIR_ERROR_INVALID_INPUT names the arrays and the tensors of the
 *         model that do not fit together. AIR_ERROR_UNSUPPORTED for a model with an input or output whose samples differ in shape.
 * \since 1.0
 */
AIR_API air_status air_make_golden(const air_model *model, const air_array *arrays, uint32_t n_arrays,
                                   const air_result *inputs, const char *origin, const air_result **out_result);

/* ------------------------------------------------------------------------------------------------------------- comparison */

/** Measures of the error, which is other - reference, over all values of all samples that are finite on both sides; r: reference,
 *  o: other, e: error. The names are those of ST's validation reports ("Evaluation report and metrics",
 *  https://stedgeai-dc.st.com/assets/embedded-docs/evaluation_metrics.html), and max_error. \since 1.0 */
AIR_ENUM(air_metric, uint32_t){
    /** Part of the samples with the largest value at the same place (the first of equal ones); only where a sample of an output is one vector
     *  of at least two values. */
    AIR_METRIC_ACC = 0,
    /** sqrt(mean(e^2)). */
    AIR_METRIC_RMSE = 1,
    /** mean(|e|). */
    AIR_METRIC_MAE = 2,
    /** norm(e) / norm(r). */
    AIR_METRIC_L2R = 3,
    /** mean(e). */
    AIR_METRIC_MEAN = 4,
    /** Population standard deviation of e. */
    AIR_METRIC_STD = 5,
    /** Nash-Sutcliffe efficiency: 1 - sum(e^2) / sum((r - mean(r))^2). */
    AIR_METRIC_NSE = 6,
    /** dot(r, o) / (norm(r) norm(o)). */
    AIR_METRIC_COS = 7,
    /** max(|e|). */
    AIR_METRIC_MAX_ERROR = 8,
};

/** Name of a metric, such as "max_error"; NULL for other values, so that names can be counted. Static. \since 1.0 */
AIR_API const char *air_metric_name(air_metric metric);

/** What a metric of an output may be; what it never is, such as AIR_METRIC_ACC of 99, and a bound
 *  that is better not kept, such as a max of AIR_METRIC_COS alone, are refused. \since 1.0 */
typedef struct air_limit {
  air_metric metric; /**< What is limited. */
  /** 0. */
  uint32_t reserved;
  /** -INFINITY: no lower limit. */
  double min;
  /** INFINITY: no upper limit. For AIR_METRIC_MEAN the absolute value counts. */
  double max;
} air_limit;

/** One of the two results of a comparison. \since 1.0 */
AIR_ENUM(air_side, uint32_t){
    AIR_SIDE_NONE = 0,
    AIR_SIDE_REFERENCE = 1,
    AIR_SIDE_OTHER = 2,
};

/** Nodes whose values a comparison reads in the samples that follow: their indices in the models, ascending. \since 1.0 */
typedef struct air_needed_nodes {
  const uint32_t *reference; /**< For air_invoke_options.keep_nodes: not NULL, also where there are none. */
  const uint32_t *other;     /**< The same of the other side. */
  uint32_t n_reference;
  uint32_t n_other;
} air_needed_nodes;

/** Gives the results of the samples that follow, for air_compare_options.next: of the same models as the first, as many samples of both, with the data of
 *  `needed` at least, which is valid during the call. air_compare() releases them, and drops the data of their nodes, before it asks for more. Asked again behind the last one it begins with the
 *  samples that air_compare() was called with, computed anew.
 *  Sessions of the comparison may be used to make them.
 * @return What is not AIR_OK ends the comparison with it; that of a function which has failed tells why, or air_set_error().
 * \since 1.0 */
typedef air_status (*air_next_results)(void *user, const air_needed_nodes *needed, const air_result **out_reference,
                                       const air_result **out_other);

/** Options of air_compare(). \since 1.0 */
typedef struct air_compare_options {
  uint32_t struct_size;
  /** 0: the default, AIR_METRIC_COS of at least 0.99. */
  uint32_t n_limits;
  /** Hold for every output. A metric that does not apply breaks no limit. */
  const air_limit *limits;
  /** A session of the model of the reference, and of the other; NULL: there is none. One with AIR_CAP_GIVEN becomes the judge: it computes each node from
   *  what the other side has computed for the inputs of that node, so that a node is judged by itself (docs/compare.md). Without one the results
   *  alone tell, which is the weaker method. They are used during the call only: states are reset, and afterwards they are not prepared for
   *  given values. */
  air_session *reference_session;
  air_session *other_session; /**< The same of the other side. */
  /** Limit of each run of the judge, with the measuring of what it computes, 0: none. */
  uint32_t timeout_ms;
  /** How to connect to the model of the judge once more, to have its weights rounded as those of the deployment are: plugin_paths, log and the like;
   *  options are added to those of its descriptor. NULL: defaults. */
  const air_connect_options *connect;
  /** NULL: nobody can cancel. */
  air_token *token;
  /** 1: the inputs are random over all that they can hold. Where they saturate layers, and outputs differ, there is then no verdict. */
  uint32_t random_inputs;
  /** The order of outputs and of tensors of nodes whose shapes do not tell it, as those of 16 x 16 x 16 values or behind a flattening: 1 + air_layout.
   *  0: values decide. Fails with AIR_ERROR_INVALID_ARGUMENT where all shapes tell, or allow another order only. */
  uint32_t layout;
  /** NULL: the two results are all there is. Else they have the first samples, and this gives the others part after part, so that the data of nodes of
   *  all of them is never there at once. Everything is computed over all parts; what few samples decide (which nodes belong together, the order of
   *  channels, how weights are rounded, what explains an error), those of the first part do, which is asked for again where it is needed. The comparison
   *  holds the results of the last part; those that air_compare() was called with may be released as soon as others are asked for. Of all of them, also
   *  the first, it drops the data of nodes when it has used them (air_drop_node_data()). */
  air_next_results next;
  void *user; /**< For next. */
  /** With next: the samples of all parts together. */
  uint64_t n_samples;
} air_compare_options;

/** What a comparison comes to. \since 1.0 */
AIR_ENUM(air_conclusion, uint32_t){
    /** Every output has finite values, and is within the limits. */
    AIR_CONCLUSION_AGREES = 0,
    AIR_CONCLUSION_DIFFERS = 1,
    /** The conversion destroyed the inputs, or random ones saturate the network: nothing that follows tells anything of it. */
    AIR_CONCLUSION_NONE = 2,
};

/** How the values of the other side were brought to the order of the reference. \since 1.0 */
AIR_ENUM(air_layout, uint32_t){
    AIR_LAYOUT_SAME = 0,
    /** The other side is channel-first, the reference channel-last. */
    AIR_LAYOUT_FROM_CHANNEL_FIRST = 1,
    /** The other way round. */
    AIR_LAYOUT_FROM_CHANNEL_LAST = 2,
};

/** The unit of an error histogram. \since 1.0 */
AIR_ENUM(air_error_unit, uint32_t){
    /** air_tensor_pair.quantum. */
    AIR_UNIT_QUANTUM = 0,
    /** Steps between neighbouring float32 numbers. */
    AIR_UNIT_ULP = 1,
};

/** The finite values of a tensor over all samples; NaN where there are none. \since 1.0 */
typedef struct air_value_summary {
  double min;  /**< Smallest. */
  double max;  /**< Largest. */
  double mean; /**< Mean. */
  double std;  /**< Standard deviation. */
  uint64_t n_nan;
  uint64_t n_inf;
} air_value_summary;

/** Two tensors compared, in real numbers. \since 1.0 */
typedef struct air_tensor_pair {
  const air_tensor *reference; /**< What is taken to be right. */
  const air_tensor *other;     /**< What is compared with it. */
  air_layout layout;           /**< How `other` was brought to the order of `reference`. */
  /** Bits 1 << air_metric of the limits that are broken; outputs only. */
  uint32_t broken;
  /** That the metrics are computed from. */
  uint64_t n_values;
  /** Places where one side is NaN or infinite and the other is not the same. Any breaks the limits. */
  uint64_t n_not_finite;
  uint32_t n_metrics;
  air_error_unit error_unit; /**< The unit of bin_limits. */
  /** n_metrics values, indexed by air_metric; NaN: does not apply. */
  const double *metrics;
  /** Where the largest error is: flat, samples first, in the order of the reference. */
  uint64_t max_error_index;
  /** What one step of the coarser of both types is worth; 0 where both are floating point. */
  double quantum;
  air_value_summary reference_values; /**< What `reference` holds. */
  air_value_summary other_values;     /**< What `other` holds. */
  uint32_t n_bins;
  /** 0. */
  uint32_t reserved;
  /** Upper limits, included, of |e| in that unit: 0, 0.5, 1, 2, 4, ... */
  const double *bin_limits;
  /** n_bins counts. */
  const uint64_t *bins;
  uint64_t n_points;
  /** n_points pairs reference, other: evenly spread values. */
  const double *points;
  /** Inputs: part of the values that the other side cannot represent, 0..1. */
  double clipped;
  /** Outputs of which parts along one dimension are constant on the other side, and are not in the reference, as where one step is more than their range:
   *  how many, of n_parts. 0: none. */
  uint32_t n_lost;
  uint32_t n_parts;
  /** That dimension of the shape of `reference`. */
  uint32_t lost_axis;
  /** Outputs whose parts along one dimension are of several kinds, such as boxes and scores (docs/compare.md): that dimension, and how many parts. The metrics
   *  of the whole tell of the largest kind only. */
  uint32_t mixed_axis;
  uint32_t n_mixed; /**< 0: they are of one kind. */
  /** 0. */
  uint32_t reserved_2;
  /** n_metrics values for each of these parts. */
  const double *mixed_metrics;
  /** Floating-point inputs: the node of either side that quantizes them first, of two that which costs more; NULL: none does, or not with one scale.
   *  `clipped` is then the part beyond what it can represent. */
  const air_node *quantizer;
  /** norm(e) / norm(r) of what it makes of the input; 0: no quantizer. */
  double quantizer_error;
  double quantizer_min; /**< The least that it makes of the input. */
  double quantizer_max; /**< The largest. */
} air_tensor_pair;

/** What the comparison says of a node. \since 1.0 */
AIR_ENUM(air_verdict, uint32_t){
    /** The other side has no such node, as when it was fused with its neighbour. */
    AIR_VERDICT_UNMATCHED = 0,
    /** Not one value differs. */
    AIR_VERDICT_EQUAL = 1,
    /** Differs as much as floating point rounding explains. */
    AIR_VERDICT_ROUNDING = 2,
    /** Differs as much as quantization explains. */
    AIR_VERDICT_QUANTIZATION = 3,
    /** Without a judge: the first pair that differs by more, the place to look at. */
    AIR_VERDICT_DIVERGES = 4,
    /** A later pair that differs by more. */
    AIR_VERDICT_AFFECTED = 5,
    /** With a judge, for any number of nodes: what the node makes of the inputs that it got differs by more than rounding and quantization
     *  explain. */
    AIR_VERDICT_OWN_ERROR = 6,
    /** The judge has no values of this node, or no sample has inputs that are all finite. */
    AIR_VERDICT_NO_DATA = 7,
};

/** Name of a verdict, such as "quantization". Static; "unknown" for other values. \since 1.0 */
AIR_API const char *air_verdict_name(air_verdict verdict);

/** Why two nodes are taken for the same (bits of air_node_pair.matched_by): the tensors, or else the nodes, have the same name, which is not
 *  just a number. \since 1.0 */
#define AIR_MATCH_NAME 1u
/** The same layer of the original model, with runtimes of one family. \since 1.0 */
#define AIR_MATCH_LAYER 2u
/** The same kind of operator, by its description. \since 1.0 */
#define AIR_MATCH_OPERATION 4u
/** The values of the first sample agree: norm(e) <= norm(r) / 2. \since 1.0 */
#define AIR_MATCH_VALUES 8u
/** The place between the neighbours and the number of elements; always. \since 1.0 */
#define AIR_MATCH_ORDER 16u

/** The error that a node makes of its own: what it computed, less what the judge computes from the same inputs. Values of the one that the type of
 *  the other cannot represent are taken as its ends. Predicted is what the types and the rounded weights explain. \since 1.0 */
typedef struct air_local_error {
  /** rms of the error / rms of what is predicted, of the channel where that is largest; infinite where nothing is predicted. */
  double ratio;
  /** The same of all channels together. */
  double whole_ratio;
  /** Above it is an error of the node's own: 3.5, more for few values. */
  double threshold;
  double rmse;       /**< rms of the error in that channel, in real numbers. */
  double predicted;  /**< rms of what is predicted for it. */
  uint64_t n_values; /**< Values of that channel. */
  /** Part of all values that the type of one side cannot represent, 0..1. */
  double clipped;
  /** Values that are NaN or infinite on one side only. */
  uint64_t n_not_finite;
  uint32_t channel; /**< That channel. */
  uint32_t n_channels;
  /** The fault that explains the error best, such as "bias lost" (docs/compare.md); NULL: none does. Static. */
  const char *suggestion;
  /** `ratio` without that fault. */
  double suggestion_ratio;
} air_local_error;

/** A node of one side and its partner on the other. \since 1.0 */
typedef struct air_node_pair {
  /** NULL: a node of the other side only. */
  const air_node *reference;
  /** NULL: a node of the reference only. */
  const air_node *other;
  /** Their indices in the models, UINT32_MAX for none. */
  uint32_t reference_index;
  uint32_t other_index; /**< The same in the other model. */
  air_verdict verdict;  /**< What the comparison says. */
  /** AIR_MATCH_... bits. */
  uint32_t matched_by;
  /** That they belong together, 0..1. */
  double confidence;
  /** What the verdict was decided with (docs/compare.md), of the tensor that decided; 0 when unmatched. */
  double allowed_rmse;
  /** Outputs compared, 0 when unmatched. */
  uint32_t n_tensors;
  /** 0. */
  uint32_t reserved;
  const air_tensor_pair *const *tensors; /**< n_tensors pairs. */
  /** NULL: there is none, as without a judge. */
  const air_local_error *local;
} air_node_pair;

/** Two results compared. A value, which holds both. \since 1.0 */
typedef struct air_comparison {
  const air_result *reference; /**< What is taken to be right. */
  const air_result *other;     /**< What is compared with it. */
  uint64_t n_samples;
  /** 1: AIR_CONCLUSION_AGREES. */
  uint32_t passed;
  uint32_t n_limits;
  uint32_t n_inputs;
  uint32_t n_outputs;
  uint32_t n_nodes;
  /** Nodes that have a partner. */
  uint32_t n_matched;
  /** Index into nodes of the first with an error of its own, or that diverges; -1: none. */
  int32_t first_diverging;
  /** Nodes with an error of their own. */
  uint32_t n_own_errors;
  /** That were applied. */
  const air_limit *limits;
  /** What conversion made of the inputs. */
  const air_tensor_pair *const *inputs;
  /** One per output of the reference. */
  const air_tensor_pair *const *outputs;
  /** Both sides merged in the order of execution; none when a side has no data of nodes. */
  const air_node_pair *const *nodes;
  /** Whose nodes judged those of the other side; AIR_SIDE_NONE: no judge, the errors that were carried in are guessed. */
  air_side judge_side;
  air_conclusion conclusion; /**< What it comes to. */
  /** With AIR_CONCLUSION_NONE where random inputs are the reason: nodes with more than 5 % of values that a type cannot represent, and the largest such
   *  part; else 0. */
  uint32_t n_saturated;
  uint32_t reserved;     /**< 0. */
  double most_saturated; /**< That part, 0..1. */
  /** How the weights of the deployment are taken to be rounded, such as "int8-channel" (option `weights` of the runtimes); "estimated" where the judge
   *  cannot round them; "none"; "unknown" where each side is quantized in a way of its own, so that neither can judge. Static; NULL without a judge
   *  otherwise. */
  const char *weights;
  /** Nodes of the reference whose data its results had. */
  uint32_t n_reference_with_data;
  uint32_t n_other_with_data; /**< The same of the other side. */
} air_comparison;

/**
 * Compares two results of the same inputs: every output, and layer by layer where both have the data of nodes. docs/compare.md tells how
 * nodes are paired and what "explained" means.
 *
 * @param reference       What is taken to be right. Both need inputs (AIR_MODE_KEEP_INPUTS) and outputs as they are stored.
 * @param options         NULL: defaults.
 * @param out_comparison  Release with air_release_comparison().
 * @return AIR_ERROR_INVALID_INPUT: other inputs, another number of samples, or outputs that do not correspond.
 * \since 1.0
 */
AIR_API air_status air_compare(const air_result *reference, const air_result *other, const air_compare_options *options,
                               const air_comparison **out_comparison);

/** \since 1.0 */
AIR_API const air_comparison *air_retain_comparison(const air_comparison *comparison);

/** \since 1.0 */
AIR_API void air_release_comparison(const air_comparison *comparison);

/** Comparison as JSON, documented in docs/json.md; `flags`: AIR_JSON_COMPACT. Release with air_free_text(). \since 1.0 */
AIR_API air_status air_comparison_to_json(const air_comparison *comparison, uint32_t flags, char **out_text);

/** Comparison for people: the verdict, outputs, then nodes with those marked that have an error of their own. Release with air_free_text(). \since 1.0 */
AIR_API air_status air_comparison_to_text(const air_comparison *comparison, const air_text_options *options,
                                          char **out_text);

/* ------------------------------------------------------------------------------------------------------ slower than before */

/** Options of air_compare_profiles(). \since 1.0 */
typedef struct air_regression_options {
  uint32_t struct_size;
  /** 0: the default, "p50=3%", and "node.p50=10%" and "memory=1%" where they can be told. */
  uint32_t n_limits;
  /** By how much the current side may exceed the baseline: "p50=3%", "node.p50=10%", "energy.run=5%", "memory.heap=0%" (docs/regression.md). */
  const char *const *limits;
} air_regression_options;

/**
 * Decides from the raw values of profiles whether a model has become slower, or larger, than it was. Whole runs are what counts: it takes five
 * of each side at least, best taken in turns.
 *
 * @param baseline   Documents of docs/json.md: airunner.profile/1, one for each run, or airunner.runs/1 with several.
 * @param current    Those of the side that is judged, likewise.
 * @param options    NULL: defaults.
 * @param flags      AIR_JSON_COMPACT.
 * @param out_text   airunner.regression/1, which air_render_html() shows to people; its key "verdict" is "no regression", "regression" or
 *                   "cannot tell". Release with air_free_text().
 * @return AIR_ERROR_INVALID_INPUT names the document and the key that is not as docs/json.md tells, or a limit that applies to nothing;
 *         AIR_ERROR_INVALID_ARGUMENT a limit that is none.
 * \since 1.0
 */
AIR_API air_status air_compare_profiles(const air_document *baseline, uint32_t n_baseline, const air_document *current,
                                        uint32_t n_current, const air_regression_options *options, uint32_t flags,
                                        char **out_text);

#ifdef __cplusplus
}
#endif

#endif
