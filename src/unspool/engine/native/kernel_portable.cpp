// The kernels in 128-bit vectors: NEON on ARM, SSE2 on any x86-64.
#define UNSPOOL_SET portable
#define UNSPOOL_BYTES 16
#if defined(__aarch64__)
#define UNSPOOL_REGISTERS 24
#else
#define UNSPOOL_REGISTERS 12
#endif
#include "kernel.inc"

namespace unspool {
#if defined(__aarch64__)
#define NAME "neon"
#else
#define NAME "sse2"
#endif
extern const KernelSet kPortable = {
    NAME, [] { return true; },
    {portable::kernel<float, 0>(NAME), portable::kernel<float, 1>(NAME), portable::kernel<float, 2>(NAME),
     portable::kernel<double, 0>(NAME), portable::kernel<double, 1>(NAME), portable::kernel<double, 2>(NAME)}};
}  // namespace unspool
