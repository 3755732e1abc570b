# SPDX-License-Identifier: BSD-3-Clause
"""The changes that ST's document for YOLOv8n tells to make by hand in Ultralytics 8.2.39, made in a copy.

The lines that it adds are kept as they are there (Copyright (c) 2024 STMicroelectronics, BSD-3-Clause): the test is that they work. Its change for
TensorFlow Lite files is left out, as no airunner takes part in it.
"""

LOAD = '''\
        elif stedgeai:  # add
            LOGGER.info(f"Loading {w} for ST Edge AI inference...")
            from stm_ai_runner import AiRunner

            ai_runner_desc = w[len('stedgeai:'):]
            ai_runner_interpreter = AiRunner()
            if not ai_runner_interpreter.connect(ai_runner_desc):
                raise TypeError(f"model='{w}' unable to load the model")
            ai_runner_input_details = ai_runner_interpreter.get_inputs()  # inputs
            ai_runner_output_details = ai_runner_interpreter.get_outputs()  # outputs
            for detail in ai_runner_input_details:
                LOGGER.info(f" I: {detail.name} {detail.shape} {detail.dtype} {detail.scale} {detail.zero_point}")
            for detail in ai_runner_output_details:
                LOGGER.info(f" O: {detail.name} {detail.shape} {detail.dtype} {detail.scale} {detail.zero_point}")
'''

RUN = '''\
        # ST Edge AI Core engine
        elif self.stedgeai:
            # Align the output shape of stedgeai to align with tflite shape
            def reduce_shape(x):  # reduce shape (request by legacy API)
                old_shape = x.shape
                n_shape = [old_shape[0]]
                for v in x.shape[1:len(x.shape) - 1]:
                    if v != 1:
                        n_shape.append(v)
                n_shape.append(old_shape[-1])
                return x.reshape(n_shape)

            LOGGER.info(f"Running the ST Edge AI Core interpreter.. {w} {h}")

            im = im.cpu().numpy()  # nhwc format
            LOGGER.info(f" image                : {im.shape} {im.dtype} {im.min()} {im.max()} ")

            detail = self.ai_runner_input_details[0]
            # Manage files with int8 or uint8 inputs instead of float
            # Image is then quantized from float to integer
            is_int = detail.dtype == np.int8 or detail.dtype == np.uint8
            if is_int:
                scale, zero_point = detail.scale[0], detail.zero_point[0]
                LOGGER.info(f" .. quantize          : s={scale} zp={zero_point}")
                im = (im / scale + zero_point).astype(detail.dtype)  # quantize

            LOGGER.info(f" image pre-processed  : {im.shape} {im.dtype} {im.min()} {im.max()} ")
            preds, _ = self.ai_runner_interpreter.invoke(im)
            y = []
            for x, detail in zip(preds, self.ai_runner_output_details):
                LOGGER.info(f" prediction           : {x.shape} {x.dtype} {x.min()} {x.max()} ")
                x = reduce_shape(x)
                if detail.dtype in {np.int8, np.uint8}:
                    scale, zero_point = detail.scale[0], detail.zero_point[0]
                    x = (x.astype(np.float32) - zero_point) * scale  # dequant
                    LOGGER.info(f" .. de-quantize       : {x.shape} {x.dtype} {x.min()} {x.max()} s={scale} zp={zero_point}")

                if x.ndim == 3:
                    # Denormalize xywh by image size. See https://github.com/ultralytics/ultralytics/pull/1695
                    # xywh are normalized in TFLite/EdgeTPU to mitigate quantization error of integer models
                    x[:, [0, 2]] *= w
                    x[:, [1, 3]] *= h
                    LOGGER.info(f" .. denormalize       : {x.shape} {x.dtype} {x.min()} {x.max()} w={w} h={h}")

                y.append(x)
            # TF segment fixes: export is reversed vs ONNX export and protos are transposed
            if len(y) == 2:  # segment with (det, proto) output order reversed
                if len(y[1].shape) != 4:
                    y = list(reversed(y))  # should be y = (1, 116, 8400), (1, 160, 160, 32)
                y[1] = np.transpose(y[1], (0, 3, 1, 2))  # should be y = (1, 116, 8400), (1, 32, 160, 160)
            y = [x if isinstance(x, np.ndarray) else x.numpy() for x in y]
            LOGGER.info("") # add
'''

# File, what is there once, and what it becomes.
CHANGES = (
    ("utils/checks.py", """    if (
        not file
        or (""", """    if file.startswith('stedgeai:'):  # stedgeai backend # add
        return file  # add
    elif (  # add
        not file
        or ("""),
    ("nn/autobackend.py", """            triton,
        ) =""", """            triton,
            stedgeai  # add
        ) ="""),
    ("nn/autobackend.py", "nhwc = coreml or", "nhwc = stedgeai or coreml or"),
    ("nn/autobackend.py", """            model = TritonRemoteModel(w)
""", """            model = TritonRemoteModel(w)
""" + LOAD),
    ("nn/autobackend.py", """            y = self.model(im)

        # TensorFlow""", """            y = self.model(im)

""" + RUN + """
        # TensorFlow"""),
    ("nn/autobackend.py", "        return types + [triton]", """        stedgeai = p.startswith('stedgeai:') # add
        return types + [triton, stedgeai] # add"""),
)


def apply(package):
    """Changes the files of this copy of the package."""
    for name, old, new in CHANGES:
        path = package / name
        text = path.read_text()
        if text.count(old) != 1:
            raise RuntimeError(f"{path} has {text.count(old)} times, expected once:\n{old}")
        path.write_text(text.replace(old, new))
