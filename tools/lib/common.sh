# What the scripts of tools/ share. Sourced, never run: `. "$(dirname "$0")/lib/common.sh"`.
# Sets root (the repository) and goes there; stops at the first failure; ends children when the script ends.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
cd "$root"
script=$(basename "$0")

say() { printf '%s: %s\n' "$script" "$*"; }
fail() { printf '%s: %s\n' "$script" "$*" >&2; exit 1; }

# Ctrl-C reaches the foreground process group at once; what was put into the background is ended here.
end_children() {
  local child
  for child in $(jobs -p); do kill -TERM "$child" 2>/dev/null || true; done
}
trap end_children EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# jobs_that_fit: compilers at a time; one takes up to 2 GB with these headers.
jobs_that_fit() {
  local cores memory
  cores=$(nproc)
  memory=$(awk '/MemAvailable/ {print int($2 / 2000000)}' /proc/meminfo)
  [ "$memory" -ge 1 ] || memory=1
  echo $((cores < memory ? cores : memory))
}

# build_preset PRESET [TARGET...]: configures once, builds what changed. With DURE_UNITY_BUILD=1 sources are compiled several at a
# time: a first build takes half as long, what changes later takes longer.
build_preset() {
  local preset=$1
  shift
  [ -f "build/$preset/build.ninja" ] || cmake --preset "$preset" ${DURE_UNITY_BUILD:+-DCMAKE_UNITY_BUILD=ON} >"build/$preset.configure.log" 2>&1 ||
    { tail -20 "build/$preset.configure.log" >&2; fail "cmake --preset $preset failed (build/$preset.configure.log)"; }
  ninja -C "build/$preset" -j "$(jobs_that_fit)" "$@"
}
mkdir -p build
