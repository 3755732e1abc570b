// SPDX-License-Identifier: BSD-3-Clause
// The texts of a reproducer that do not depend on what it shows.
#include "cli/reproducer/texts.h"

namespace air::cli {

const char *const kReproduceScript = R"(#!/usr/bin/env python3
"""Runs the models beside it on the values beside it and shows how the deployment differs from the reference.

Needs NumPy, and for .onnx files onnxruntime, for .tflite files ai-edge-litert.
Exit code: 0 where the difference shows as it was recorded, 1 where it does not, 2 where a package is missing.
"""
import json
import pathlib
import sys

try:
    import numpy as np
except ImportError as error:
    print(f"cannot tell: {error}: install NumPy", file=sys.stderr)
    sys.exit(2)

HERE = pathlib.Path(__file__).resolve().parent
N_SHOWN = 5


def run_onnx(path, arrays):
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    inputs = {port.name: array.reshape(port.shape) for port, array in zip(session.get_inputs(), arrays)}
    return "ONNX Runtime " + onnxruntime.__version__, session.run(None, inputs)


def run_tflite(path, arrays):
    from ai_edge_litert import interpreter as litert

    kernels = litert.OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES
    interpreter = litert.Interpreter(model_path=str(path), experimental_op_resolver_type=kernels)
    interpreter.allocate_tensors()
    for port, array in zip(interpreter.get_input_details(), arrays):
        interpreter.set_tensor(port["index"], array.reshape(port["shape"]))
    interpreter.invoke()
    return "LiteRT", [interpreter.get_tensor(port["index"]) for port in interpreter.get_output_details()]


def real(array, output):
    """The numbers that stored elements stand for, as float32 has them."""
    array = array.astype(np.float64).reshape(output["shape"])
    if not output["scales"]:
        return array.ravel()
    scales = np.array(output["scales"], dtype=np.float32).astype(np.float64)
    zero_points = np.array(output["zero_points"])
    if output["axis"] is not None:
        shape = [-1 if place == output["axis"] else 1 for place in range(array.ndim)]
        scales, zero_points = scales.reshape(shape), zero_points.reshape(shape)
    return ((array - zero_points) * scales).astype(np.float32).astype(np.float64).ravel()


def run(side):
    """The real numbers that the model of a side computes."""
    with np.load(HERE / side["values"]) as values:
        arrays = [values[f"input_{place}"] for place in range(len(side["inputs"]))]
    runtime, outputs = (run_onnx if side["file"].endswith(".onnx") else run_tflite)(HERE / side["file"], arrays)
    print(f"{side['file']}: {', '.join(side['nodes'])}, run by {runtime}")
    return real(outputs[side["output"]["place"]], side["output"])


def recorded(side):
    with np.load(HERE / side["values"]) as values:
        return values["output"].astype(np.float64).ravel()


def say_whether_as_recorded(computed, side):
    largest = np.max(np.abs(computed - recorded(side)), initial=0)
    print("  computes " + ("the recorded values" if largest == 0 else f"other values than recorded, by at most {largest:.6g}"))


def main():
    about = json.loads((HERE / "reproduce.json").read_text(encoding="utf-8"))
    reference, deployment = about["reference"], about["deployment"]
    expected = run(reference)
    say_whether_as_recorded(expected, reference)
    got = recorded(deployment)
    if deployment["file"]:
        order = np.array(deployment["order"]) if deployment["order"] else slice(None)
        computed = run(deployment)[order]
        say_whether_as_recorded(computed, deployment)
        got = computed
    else:
        print(f"deployment: the values that {deployment['descriptor'] or deployment['backend']} computed")
    error = got - expected
    rmse = float(np.sqrt(np.mean(error**2)))
    print(f"error of {about['node']['name']} ({about['node']['operation']}): rmse {rmse:.6g}, largest {np.max(np.abs(error)):.6g}")
    for place in np.argsort(-np.abs(error), kind="stable")[:N_SHOWN]:
        where = ", ".join(str(i) for i in np.unravel_index(place, reference["output"]["shape"]))
        print(f"  [{where}]: expected {expected[place]:.6g}, got {got[place]:.6g}")
    shown = rmse > 0 and rmse >= about["difference"]["rmse"] / 2
    print(f"the difference {'shows' if shown else 'does not show'}: rmse {about['difference']['rmse']:.6g} was recorded")
    return 0 if shown else 1


if __name__ == "__main__":
    try:
        sys.exit(main())
    except ImportError as error:
        print(f"cannot tell: {error}: install the packages that the first lines of this file name", file=sys.stderr)
        sys.exit(2)
)";

}  // namespace air::cli
