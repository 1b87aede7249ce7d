#!/usr/bin/env bash
# Builds and runs tests/native/native_test.cpp: scripts/native_test.sh FOLDER [COMPILER OPTIONS ...]
# From the environment: CXX is the compiler, RUN a command that runs the program (an emulator), and
# PORTABLE=1 leaves out the instruction sets that only some processors have.
set -euo pipefail
cd "$(dirname "$0")/.."
folder=$1
shift
native=src/unspool/engine/native
compiler=${CXX:-g++}
# As in CMakeLists.txt: the options of all files, and those of an instruction set.
options=(-std=c++17 -O3 -g -Wall -Wextra -Wno-psabi -ffp-contract=fast -fno-math-errno -fno-trapping-math -I "$native" "$@")
mkdir -p "$folder"
"$compiler" "${options[@]}" -c "$native/kernel_portable.cpp" -o "$folder/kernel_portable.o" &
[ -z "${PORTABLE:-}" ] || options+=(-DUNSPOOL_PORTABLE_ALONE)
case ${PORTABLE:+portable}$("$compiler" -dumpmachine) in
  x86_64*)
    "$compiler" "${options[@]}" -mavx2 -mfma -c "$native/kernel_avx2.cpp" -o "$folder/kernel_avx2.o" &
    "$compiler" "${options[@]}" -mavx2 -mfma -mavx512f -mavx512dq -mavx512vl -mavx512bw -mprefer-vector-width=512 \
      -c "$native/kernel_avx512.cpp" -o "$folder/kernel_avx512.o" & ;;
esac
# The reference must not be computed with the kernels' liberties.
"$compiler" "${options[@]}" -ffp-contract=off -ftrapping-math -c tests/native/native_test.cpp -o "$folder/native_test.o"
for job in $(jobs -p); do wait "$job"; done
"$compiler" "$@" "$folder"/*.o -o "$folder/native_test"
${RUN:-} "$folder/native_test"
