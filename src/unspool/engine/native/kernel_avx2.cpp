// The kernels in 256-bit vectors, with fused multiply and add. Compiled with -mavx2 -mfma.
#define UNSPOOL_SET avx2
#define UNSPOOL_BYTES 32
#define UNSPOOL_REGISTERS 12
#include <immintrin.h>
#define UNSPOOL_LESSER(a, b) Vec<float>(_mm256_min_ps(__m256(a), __m256(b)))
#define UNSPOOL_GREATER(a, b) Vec<float>(_mm256_max_ps(__m256(a), __m256(b)))
#include "kernel.inc"

namespace unspool {
extern const KernelSet kAvx2 = {
    "avx2", [] { return bool(__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")); },
    {avx2::kernel<float, 0>("avx2"), avx2::kernel<float, 1>("avx2"), avx2::kernel<float, 2>("avx2"),
     avx2::kernel<double, 0>("avx2"), avx2::kernel<double, 1>("avx2"), avx2::kernel<double, 2>("avx2")}};
}  // namespace unspool
