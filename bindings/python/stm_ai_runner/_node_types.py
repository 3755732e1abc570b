# SPDX-License-Identifier: BSD-3-Clause
"""Names of node types of ST's runtimes."""

from __future__ import annotations

RT_ST_AI_NAME = "ST.AI"

_STATELESS, _STATEFUL = 0x100, 0x180

_COMMON = (
    "Base", "Add", "BN", "Conv2D", "Dense", None, "LRN", "NL", "Norm", "Conv2dPool", "Transpose", "Pool", "Softmax",
    "Split", "TimeDelay", "TimeDistributed", "Concat", "GEMM", "Upsample", "Eltwise", "EltwiseInt", "InstNorm",
    "Pad", "Slice", "Tile", "Reduce", "RNN", "Resize", "Gather", "Pack", "UnPack", "ArgMax", "ArgMin", "Cast",
    "iForest", "SvmReg", "AFeatureExtract", "SVC", "ZipMap", "Where",
)
_STATEFUL_NAMES = ("Stateful", "LSTM", "Custom", "GRU")
_BEFORE_10 = {
    40: "DQConv2D", 41: "DQPool", 42: "LinearClassifier", 43: "TreeEnsembleClassifier", 44: "DQDense", 45: "TopK",
    50: "Reverse", 51: "ReduceLogSumExp", 52: "ReduceL1", 63: "LiteGraph", 64: "Container", 65: "Lambda",
    66: "TreeEnsembleRegressor",
}
# With the release of the runtime that has it first.
_SINCE_10 = {
    40: ("LinearClassifier", (10, 0)), 41: ("TreeEnsembleClassifier", (10, 0)), 42: ("TopK", (10, 0)),
    43: ("ReduceLogSumExp", (10, 0)), 44: ("ReduceL1", (10, 0)), 45: ("LiteGraph", (10, 0)),
    46: ("TreeEnsembleRegressor", (10, 0)), 48: ("DQConv2D", (10, 0)), 49: ("DQPool", (10, 0)),
    50: ("DQDense", (10, 0)), 51: ("Reverse", (10, 0)), 52: ("TFLiteWrapper", (10, 0)), 67: ("GatherND", (10, 0)),
    68: ("MatMul", (10, 0)), 69: ("ScatterND", (10, 2)), 70: ("GatherElements", (10, 2)),
    100: ("SoftmaxCrossEntropyLoss", (11, 0)), 101: ("SoftmaxCrossEntropyLossGrad", (11, 0)),
    102: ("InPlaceAccumulatorV2", (11, 0)), 103: ("ReluGrad", (11, 0)),
}


def _name(kind: int, version: tuple[int, ...]) -> str | None:
    if kind == 0:
        return "Output"
    if kind >= _STATEFUL:
        return _STATEFUL_NAMES[kind - _STATEFUL] if kind - _STATEFUL < len(_STATEFUL_NAMES) else None
    place = kind - _STATELESS
    if place < 0:
        return None
    if place < len(_COMMON):
        return _COMMON[place]
    if version < (10,):
        return _BEFORE_10.get(place)
    name, since = _SINCE_10.get(place, (None, (0, 0)))
    return name if version[:2] >= since else None


def stm_ai_node_type_to_str(op_type: int, with_id: bool = True, version: tuple[int, ...] = (10, 2)) -> str:
    """`Conv2D (0x103)`; the number where no name is known."""
    kind = op_type & 0x7FFF
    name = _name(kind, tuple(version)) or str(kind)
    return f"{name} (0x{kind:x})" if with_id else name


def st_neural_art_node_type_to_str(op_type: int, with_id: bool = True) -> str:
    """`epoch`, `epoch (SW)`, ..."""
    kind = op_type & 0x7FFF
    if kind & 0xF == 1:
        return f"epoch (extra HW.{kind >> 4})" if with_id else "epoch (extra HW)"
    return {2: "epoch (SW)", 3: "epoch (HYBRID)", 4: "epoch (EC)"}.get(kind & 0xF, "epoch")
