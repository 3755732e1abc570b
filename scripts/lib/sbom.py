#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""What a file of a release is made of: writes FILE.spdx.json beside each, an SBOM by SPDX 2.3.

usage: sbom.py VERSION FILE...      source archives, Debian packages, wheels and zip files; SOURCE_DATE_EPOCH is the time that is written

Of a Debian package it lists the packages that it needs, in the versions of this system, on which it was built; of one that is not installed here the
version is NOASSERTION. What wheels and zip files have
inside is what scripts/third-party links in: pinned in scripts/lib/third-party/sources.txt, and what the compiler brings.
"""

import hashlib
import json
import os
import re
import subprocess
import sys
import time
import uuid
import zipfile
from pathlib import Path

SOURCE = Path(__file__).resolve().parents[2]
PINNED = SOURCE / "scripts/lib/third-party/sources.txt"
ZIG = SOURCE / "scripts/lib/zig.txt"
TFLM = SOURCE / "firmware/tflm/Cargo.toml"
FOR_TESTS = {"cmocka"}  # of what is pinned there
# By the names of their source packages in Debian, without the numbers that some end with.
LICENCES = {
    "airunner": "BSD-3-Clause", "asio": "BSL-1.0", "cjson": "MIT", "cli11": "BSD-3-Clause", "compiler-rt": "MIT", "flatbuffers": "Apache-2.0",
    "fmtlib": "MIT", "gemmlowp": "Apache-2.0",
    "gcc": "GPL-3.0-or-later WITH GCC-exception-3.1", "gcc-mingw-w64": "GPL-3.0-or-later WITH GCC-exception-3.1", "glibc": "LGPL-2.1-or-later",
    "libcxx": "Apache-2.0 WITH LLVM-exception", "libmd": "BSD-3-Clause", "libunwind": "Apache-2.0 WITH LLVM-exception", "libzip": "BSD-3-Clause",
    "mingw-w64": "ZPL-2.1", "musl": "MIT", "numpy": "BSD-3-Clause",
    "onnxruntime": "MIT", "protobuf-c": "BSD-2-Clause", "protozero": "BSD-2-Clause", "ruy": "Apache-2.0", "tfmicro": "Apache-2.0",
    "utf8proc": "MIT", "zlib": "Zlib"}
# Compiled into what uses them, so that no dependency of a package tells of them.
HEADERS_ONLY = {"asio": "libasio-dev", "cli11": "libcli11-dev", "flatbuffers": "libflatbuffers-dev", "protozero": "libprotozero-dev"}
MINGW = ["g++-mingw-w64-x86-64-posix", "mingw-w64-x86-64-dev"]  # what Windows programs have of their compiler


def output_of(*command):
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout.strip()


def installed(package):
    """(name, version) of the source of an installed package; None for what is no package, such as a virtual one."""
    try:
        name, version = output_of("dpkg-query", "-W", "-f", "${source:Package} ${source:Version}", package).split()
    except subprocess.CalledProcessError:
        return None
    return re.sub(r"-\d+$", "", name), version


def of_build(package):
    """(name, version, how) of a package of which parts were compiled in."""
    found = installed(package)
    if found is None:
        raise SystemExit(f"sbom.py: {package} is compiled into this file, but not installed here: an SBOM is made on the system of the build")
    return *found, "CONTAINS"


def headers_only():
    yield from ((part, of_build(package)[1], "CONTAINS") for part, package in HEADERS_ONLY.items())
    yield onnxruntime_headers()


def onnxruntime_headers():
    version = re.search(r"`libonnxruntime-dev` ([\d.]+\d)", (SOURCE / "docs/dependencies.md").read_text())[1]
    return "onnxruntime", version, "CONTAINS"


def parts_of_deb(path, version):
    """(name, version, how) of everything that a Debian package needs or was compiled from."""
    name = output_of("dpkg-deb", "-f", str(path), "Package")
    needed = output_of("dpkg-deb", "-f", str(path), "Depends")
    for package in sorted({re.split(r"[ :]", one.strip())[0] for one in needed.split(",")}):
        if re.fullmatch(r"(lib)?airunner.*", package):
            yield package, version, "DEPENDS_ON"
        elif package:
            yield (*(installed(package) or (package, "NOASSERTION")), "DYNAMIC_LINK" if package.startswith("lib") else "DEPENDS_ON")
    if name == "airunner":
        yield from headers_only()


def linked_in(path):
    """What scripts/third-party and its compiler put into all that they build."""
    for name, version in re.findall(r"^\S+ (\S+) (\S+)$", PINNED.read_text(), re.MULTILINE):
        if name not in FOR_TESTS:
            yield name, version, "STATIC_LINK"
    if path.suffix == ".zip":
        yield from (of_build(package) for package in MINGW)
    else:
        yield from zig_and_tflm(path.name)
    yield from headers_only()


def zig_and_tflm(wheel):
    compiler = ZIG.read_text().split()[0].replace("==", " ")
    for part, where in (("libcxx", ""), ("compiler-rt", ""), ("libunwind", "(linux|win)"), ("mingw-w64", "win"), ("musl", "musllinux")):
        if re.search(where, wheel):
            yield part, compiler, "STATIC_LINK"
    crate = re.search(r'tfmicro = "=([\d.]+)"', TFLM.read_text())[1]
    yield "tfmicro", crate, "STATIC_LINK"
    # Their headers are compiled in from the same crate, which tells no versions of them.
    yield from ((part, f"tfmicro {crate}", "CONTAINS") for part in ("flatbuffers", "gemmlowp", "ruy"))


def required_by_wheel(path):
    with zipfile.ZipFile(path) as wheel:
        metadata = next(name for name in wheel.namelist() if name.endswith(".dist-info/METADATA"))
        for name, version in re.findall(r"^Requires-Dist: ([\w-]+)([^;\n]*)$", wheel.read(metadata).decode(), re.MULTILINE):
            yield name, version, "DEPENDS_ON"


def parts_of(path, version):
    match path.suffix:
        case ".deb":
            return parts_of_deb(path, version)
        case ".whl":
            return [*linked_in(path), *required_by_wheel(path)]
        case ".zip":
            return linked_in(path)
    return [onnxruntime_headers()]


def package(identity, name, version, **more):
    return {"SPDXID": f"SPDXRef-{identity}", "name": name, "versionInfo": version, "downloadLocation": "NOASSERTION", "filesAnalyzed": False,
            "licenseConcluded": "NOASSERTION", "licenseDeclared": LICENCES.get("airunner" if "airunner" in name else name, "NOASSERTION"),
            "copyrightText": "NOASSERTION", **more}


def document(path, version):
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    own = package("File", path.name, version, packageFileName=path.name, checksums=[{"algorithm": "SHA256", "checksumValue": digest}])
    own["licenseDeclared"] = LICENCES["airunner"]
    packages, relations = [own], [("SPDXRef-DOCUMENT", "DESCRIBES", own["SPDXID"])]
    for number, (name, its_version, how) in enumerate(parts_of(path, version), 1):
        packages.append(package(f"Part-{number}", name, its_version))
        relations.append((own["SPDXID"], how, packages[-1]["SPDXID"]))
    made = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(int(os.environ["SOURCE_DATE_EPOCH"])))
    return {
        "spdxVersion": "SPDX-2.3", "dataLicense": "CC0-1.0", "SPDXID": "SPDXRef-DOCUMENT", "name": path.name,
        "documentNamespace": uuid.uuid5(uuid.NAMESPACE_OID, digest).urn,
        "creationInfo": {"created": made, "creators": ["Organization: The airunner developers", f"Tool: airunner-sbom-{version}"]},
        "packages": packages,
        "relationships": [{"spdxElementId": a, "relationshipType": how, "relatedSpdxElement": b} for a, how, b in relations]}


def main():
    version, *names = sys.argv[1:]
    for name in names:
        path = Path(name)
        Path(f"{path}.spdx.json").write_text(json.dumps(document(path, version), indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
