// The kernels in 512-bit vectors. Compiled with -mavx512f -mavx512dq -mavx512vl -mavx512bw.
#define UNSPOOL_SET avx512
#define UNSPOOL_BYTES 64
#define UNSPOOL_REGISTERS 28
#include <immintrin.h>
#define UNSPOOL_ESTIMATE(x) Vec<float>(_mm512_maskz_rcp14_ps(0xffff, __m512(x)))
#define UNSPOOL_LESSER(a, b) Vec<float>(_mm512_maskz_min_ps(0xffff, __m512(a), __m512(b)))
#define UNSPOOL_GREATER(a, b) Vec<float>(_mm512_maskz_max_ps(0xffff, __m512(a), __m512(b)))
#include "kernel.inc"

namespace unspool {
extern const KernelSet kAvx512 = {
    "avx512",
    [] {
      return bool(__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
                  __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512bw"));
    },
    {avx512::kernel<float, 0>("avx512"), avx512::kernel<float, 1>("avx512"), avx512::kernel<float, 2>("avx512"),
     avx512::kernel<double, 0>("avx512"), avx512::kernel<double, 1>("avx512"), avx512::kernel<double, 2>("avx512")}};
}  // namespace unspool
