# SPDX-License-Identifier: BSD-3-Clause
"""What the kit takes of a Cortex-M4 stays below its limits, and docs/porting-firmware.md tells what it is.

    test_size.py ROOT IMAGE-WITH-PACKETS-OF-32 IMAGE-WITH-PACKETS-OF-4094
"""

import pathlib
import re
import subprocess
import sys
import unittest

KIB = 1024
MOST_FLASH = 16 * KIB
MOST_MEMORY = 4 * KIB  # with packets of 32; of 4094 a packet more
MOST_OFF = 0.1  # of the figures in the document: other compilers


def sizes(image):
    """Bytes of flash and of memory; models and stack apart."""
    words = subprocess.run(("arm-none-eabi-size", image), capture_output=True, text=True, check=True).stdout.splitlines()[1].split()
    text, data, bss = map(int, words[:3])
    return text + data, data + bss


class Size(unittest.TestCase):
    def test_limits(self):
        flash, memory = sizes(IMAGES[0])
        print(f"packets of 32: {flash} bytes of flash, {memory} of memory")
        self.assertLess(flash, MOST_FLASH)
        self.assertLess(memory, MOST_MEMORY)
        large_flash, large_memory = sizes(IMAGES[1])
        print(f"packets of 4094: {large_flash} bytes of flash, {large_memory} of memory")
        self.assertEqual(large_flash, flash)
        self.assertLess(large_memory, memory + 4 * KIB)

    def test_the_document_tells_them(self):
        text = (ROOT / "docs/porting-firmware.md").read_text(encoding="utf-8")
        for payload, image in zip((32, 4094), IMAGES):
            row = re.search(rf"^\| {payload} \| ([\d ]+) \| ([\d ]+) \|$", text, re.MULTILINE)
            self.assertIsNotNone(row, f"no row of a table for packets of {payload}")
            for told, size in zip(row.groups(), sizes(image)):
                self.assertAlmostEqual(int(told.replace(" ", "")) / size, 1, delta=MOST_OFF)


if __name__ == "__main__":
    ROOT, IMAGES = pathlib.Path(sys.argv[1]), sys.argv[2:4]
    unittest.main(argv=sys.argv[:1] + sys.argv[4:])
