#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""How long `airunner compare` takes, against running both sides with the data of their nodes, and how much memory: a table in Markdown.

usage: speed.py [ROUNDS]    of which the least times count"""
import os
import subprocess
import sys
import time

import numpy as np
from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_static

import own_networks

FOLDER = os.path.join(os.environ["AIRUNNER_PROOF_DIR"], "speed")
NETWORKS = os.path.join(os.environ["AIRUNNER_PROOF_DIR"], "networks")
LIMIT_S = 600
N_NODES = 5000


class OnePicture(CalibrationDataReader):
    def __init__(self):
        shape = (1, 3, own_networks.SIDE, own_networks.SIDE)
        self.pictures = iter([{"images": np.random.default_rng(0).uniform(-1, 1, shape).astype(np.float32)}])

    def get_next(self):
        return next(self.pictures, None)


def made(name, make):
    path = os.path.join(FOLDER, name)
    if not os.path.exists(path):
        make(path + ".part")
        os.replace(path + ".part", path)
    return path


def quantized(path):
    quantize_static(made("yolo.onnx", own_networks.save_yolo), path, OnePicture(), quant_format=QuantFormat.QDQ, per_channel=True,
                    weight_type=QuantType.QInt8, activation_type=QuantType.QInt8)


def run(*words):
    """Seconds, and the peak of its memory in MB."""
    begin = time.monotonic()
    with subprocess.Popen([os.environ["AIRUNNER_COMMAND"], *words], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as process:
        error = process.stderr.read()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in (0, 5):
        sys.exit(f"{' '.join(words)}: {error.decode()}")
    return time.monotonic() - begin, usage.ru_maxrss * 1024 / 1e6


def measure(name, reference, deployment, n_samples, rounds):
    samples = ("-b", str(n_samples))
    data = ("--mode", "per-layer-with-data")
    commands = (("run", reference, *samples, *data), ("run", deployment, *samples, *data), ("compare", reference, deployment, *samples))
    found = [[run(*command) for command in commands] for _ in range(rounds)]
    t_reference, t_deployment, t_compare = (min(row[i][0] for row in found) for i in range(3))
    bound = 3.5 * t_reference + 1.1 * t_deployment
    print(f"| {name} | {n_samples} | {t_reference:.2f} | {t_deployment:.2f} | {t_compare:.2f} | {t_compare / bound:.2f} | "
          f"{max(row[2][1] for row in found):.0f} |", flush=True)


def main():
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 3
    os.makedirs(FOLDER, exist_ok=True)
    print("| network | samples | reference, s | deployment, s | compare, s | of 3.5 reference + 1.1 deployment | peak, MB |")
    print("|---|---|---|---|---|---|---|")
    for network, n_samples in (("digits", 2000), ("mobilenetv2", 400)):
        pair = [os.path.join(NETWORKS, network, name) for name in ("float.onnx", "qdq.onnx")]
        measure(network, *pair, n_samples, rounds)
    measure("YOLOv8n-shaped", made("yolo.onnx", own_networks.save_yolo), made("yolo_qdq.onnx", quantized), 8, rounds)
    chain = made("chain.onnx", lambda path: own_networks.save_chain(path, N_NODES))
    measure(f"chain of {N_NODES} nodes", chain, chain, 4, rounds)


if __name__ == "__main__":
    main()
