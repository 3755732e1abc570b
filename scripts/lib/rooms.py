# SPDX-License-Identifier: BSD-3-Clause
"""Which room (folder) includes which, as the sources say it: checks that no arrow runs upwards and that src/platform alone knows the system, and
draws the picture of docs/architecture.md.

    rooms.py check       one line for each include that may not be; exits with 1 when there is one
    rooms.py picture     the picture, as SVG, to standard output
"""
import collections
import os
import re
import subprocess
import sys

# The house from the ground up: arrows run down.
FLOORS = [
    ["include"],
    ["common"],
    ["platform", "text", "wire"],
    ["core", "plugin", "boards", "npz", "report"],
    ["api", "runtime", "server", "compare", "st"],
    ["tflite_file"],
    ["null", "stlib", "onnxruntime", "litert", "tflm", "aivalidation", "cli"],
]
# What each room may know, which is less than all below it: the public ABI and that of plugins part the house.
MAY_KNOW = {
    "include": set(),
    "common": {"include"},
    "platform": {"include", "common"},
    "text": {"include", "common"},
    "npz": {"include", "common", "platform"},
    "wire": {"include", "common"},
    "boards": {"include", "common", "platform"},
    "core": {"include", "common", "platform"},
    "api": {"include", "common", "platform", "core"},
    "report": {"include", "common", "platform", "text"},
    "compare": {"include", "common", "platform", "text", "npz", "report"},
    "st": {"include"},
    "server": {"include", "common", "platform", "wire"},
    "cli": {"include", "common", "platform", "boards", "text", "npz", "server"},
    "plugin": {"include", "common", "platform"},
    "runtime": {"include", "common", "platform", "plugin"},
    "null": {"include", "common"},
    "stlib": {"include", "common", "platform", "plugin"},
    "aivalidation": {"include", "common", "platform", "boards", "wire", "plugin"},
    "onnxruntime": {"include", "common", "platform", "plugin", "runtime"},
    "tflite_file": {"include", "common", "wire", "runtime"},
    "litert": {"include", "common", "platform", "plugin", "runtime", "tflite_file"},
    "tflm": {"include", "common", "platform", "plugin", "runtime", "tflite_file"},
}
# The headers of include/, and who may include each: all where it says nothing.
PUBLIC = {
    "airunner.h": set(),
    "airunner_report.h": {"text", "report", "compare", "cli"},
    "airunner_st.h": {"st", "aivalidation", "cli"},
    "airunner_backend.h": {"core", "cli"},
    "airunner_backend.hpp": {"common", "plugin", "runtime", "null", "stlib", "aivalidation", "onnxruntime", "litert", "tflm"},
}
MADE_BY_THE_BUILD = {"wire/stai.pb-c.h", "tflite_file/schema.h"}
# Who alone includes the system's headers, and what all others may take from outside: C++20, and the libraries of docs/dependencies.md.
SEAM = "platform"
ISO_HEADERS = set("""
algorithm any array atomic barrier bit bitset charconv chrono codecvt compare complex concepts condition_variable coroutine deque exception
execution filesystem format forward_list fstream functional future initializer_list iomanip ios iosfwd iostream istream iterator latch limits list
locale map memory memory_resource mutex new numbers numeric optional ostream queue random ranges ratio regex scoped_allocator semaphore set
shared_mutex source_location span sstream stack stdexcept stop_token streambuf string string_view syncstream system_error thread tuple type_traits
typeindex typeinfo unordered_map unordered_set utility valarray variant vector version
cassert cctype cerrno cfenv cfloat cinttypes climits clocale cmath csetjmp csignal cstdarg cstddef cstdint cstdio cstdlib cstring ctime cuchar
cwchar cwctype
""".split())
LIBRARY_HEADERS = {"asio.hpp", "cjson/cJSON.h", "md5.h", "onnxruntime_c_api.h", "utf8proc.h", "zip.h", "zlib.h"}
LIBRARY_FOLDERS = {"asio", "CLI", "flatbuffers", "fmt", "protozero", "tensorflow"}
# Folders whose C headers programs of others use too: they include one another by name alone.
APART = "backends/stlib/abi/"


def sources(root):
    """The C++ files of the rooms, by path from the project's root."""
    for top in ("src", "backends"):
        for folder, _, names in os.walk(os.path.join(root, top)):
            for name in sorted(names):
                path = os.path.relpath(os.path.join(folder, name), root).replace(os.sep, "/")
                if name.endswith((".h", ".hpp", ".c", ".cpp")) and not path.startswith(APART):
                    yield path


def room_of_include(root, name):
    """The room of an included file, None where it has no path from src/ or backends/."""
    if name in PUBLIC:
        return "include"
    is_there = name in MADE_BY_THE_BUILD or any(os.path.exists(os.path.join(root, top, name)) for top in ("src", "backends"))
    return name.split("/")[0] if "/" in name and is_there else None


def is_for_all(name):
    """Whether a header from outside may be included in every room."""
    return name in ISO_HEADERS or name in LIBRARY_HEADERS or name.split("/")[0] in LIBRARY_FOLDERS


def included(text):
    """What a file includes: (line number, bracket, name); not what stands in a text, as of programs that are written."""
    text = re.sub(r'R"(\w*)\(.*?\)\1"', lambda raw: "\n" * raw.group().count("\n"), text, flags=re.DOTALL)
    for number, line in enumerate(text.split("\n"), 1):
        if found := re.match(r'\s*#\s*include\s*(["<])([^">]+)', line):
            yield number, *found.groups()


def read(root):
    """What includes what: {(room, room): [(file, line number, included name)]}, and faults, a sentence each."""
    arrows, faults = collections.defaultdict(list), []
    for path in sources(root):
        room = path.split("/")[1]
        with open(os.path.join(root, path), encoding="utf-8") as file:
            for number, bracket, name in included(file.read()):
                known = room_of_include(root, name)
                if known is None and bracket == "<":
                    if room != SEAM and not is_for_all(name):
                        faults.append(f"{path}:{number}: <{name}> is neither C++20's nor a known library's: what is the system's stays in src/{SEAM}")
                elif known is None:
                    faults.append(f'{path}:{number}: "{name}" is no path from src/ or backends/, as in "core/error.h"')
                elif known != room:
                    arrows[room, known].append((path, number, name))
                if PUBLIC.get(name) and room not in PUBLIC[name]:
                    faults.append(f'{path}:{number}: "{name}" is for {", ".join(sorted(PUBLIC[name]))}')
    return arrows, faults


def faults_of(root):
    arrows, faults = read(root)
    for (room, known), places in sorted(arrows.items()):
        if room not in MAY_KNOW:
            faults.append(f"{places[0][0]}: the room {room} is new: say in scripts/lib/rooms.py and docs/architecture.md what it may know")
        elif floor_of(known) >= floor_of(room) or known not in MAY_KNOW[room]:
            faults += [f'{path}:{number}: "{name}": {room} may know {", ".join(sorted(MAY_KNOW[room])) or "nothing"} (docs/architecture.md)'
                       for path, number, name in places]
    return faults


def floor_of(room):
    return next(floor for floor, rooms in enumerate(FLOORS) if room in rooms)


def drawn_arrows(arrows):
    """Without those that follow from others: where A knows B and B knows C, A -> C is not drawn."""
    known = {room: {other for one, other in arrows if one == room} for room in MAY_KNOW}

    def reach(room):
        return set().union(known[room], *(reach(other) for other in known[room]))

    return sorted((room, other) for room in known for other in known[room] if not any(other in reach(between) for between in known[room]))


BOX_WIDTH, BOX_HEIGHT, GAP, STAIRS = 140, 34, 18, 66


def places():
    """Where each room stands: {room: (x, y)} of the middle of its box, the ground at the bottom; and the size of the picture."""
    width = max(map(len, FLOORS)) * (BOX_WIDTH + GAP) + GAP
    height = len(FLOORS) * (BOX_HEIGHT + STAIRS)
    where = {}
    for floor, rooms in enumerate(FLOORS):
        for i, room in enumerate(rooms):
            where[room] = (width * (i + 0.5) / len(rooms), height - (floor + 0.5) * (BOX_HEIGHT + STAIRS))
    return where, width, height


def picture(root):
    arrows, _ = read(root)
    where, width, height = places()
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}" font-family="sans-serif" font-size="12">',
        "<title>Which room includes which; arrows that follow from others are left out</title>",
        '<defs><marker id="tip" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="7" markerHeight="7" orient="auto">'
        '<path d="M0 0L8 4L0 8z" fill="#667"/></marker></defs>',
        f'<rect width="{width:.0f}" height="{height:.0f}" fill="#fff"/>',
    ]
    for room, known in drawn_arrows(arrows):
        (x1, y1), (x2, y2) = where[room], where[known]
        y1, y2 = y1 + BOX_HEIGHT / 2, y2 - BOX_HEIGHT / 2
        bend = min(60.0, (y2 - y1) / 2)
        lines.append(f'<path d="M{x1:.0f} {y1:.0f}C{x1:.0f} {y1 + bend:.0f} {x2:.0f} {y2 - bend:.0f} {x2:.0f} {y2:.0f}" '
                     'fill="none" stroke="#99a" marker-end="url(#tip)"/>')
    for room, (x, y) in where.items():
        is_plugin = os.path.isdir(os.path.join(root, "backends", room))
        colour = "#fff3d6" if is_plugin else "#e3f1e3" if room == "include" else "#e4ecf7"
        name = f"backends/{room}" if is_plugin else room if room == "include" else f"src/{room}"
        lines.append(f'<rect x="{x - BOX_WIDTH / 2:.0f}" y="{y - BOX_HEIGHT / 2:.0f}" width="{BOX_WIDTH}" height="{BOX_HEIGHT}" rx="5" '
                     f'fill="{colour}" stroke="#889"/>')
        lines.append(f'<text x="{x:.0f}" y="{y + 4:.0f}" text-anchor="middle">{name}</text>')
    return "\n".join(lines + ["</svg>", ""])


def main():
    root = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    if sys.argv[1:] == ["picture"]:
        sys.stdout.write(picture(root))
        return 0
    if sys.argv[1:] != ["check"]:
        sys.exit(__doc__)
    faults = faults_of(root)
    print("\n".join(faults))
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
