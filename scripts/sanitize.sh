#!/usr/bin/env bash
# The kernels under AddressSanitizer and UndefinedBehaviorSanitizer; any finding ends it with an error.
set -euo pipefail
exec "$(dirname "$0")/native_test.sh" build/sanitize \
  -O1 -Wno-maybe-uninitialized -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
