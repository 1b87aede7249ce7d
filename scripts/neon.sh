#!/usr/bin/env bash
# The kernels for 64-bit ARM, on any machine: built by a cross compiler, run by an emulator.
# Debian and Ubuntu have both: apt-get install g++-aarch64-linux-gnu qemu-user
set -euo pipefail
for program in aarch64-linux-gnu-g++ qemu-aarch64; do
  command -v "$program" >/dev/null || { echo "no $program; apt-get install g++-aarch64-linux-gnu qemu-user"; exit 2; }
done
CXX=aarch64-linux-gnu-g++ RUN=qemu-aarch64 exec "$(dirname "$0")/native_test.sh" build/neon -static
