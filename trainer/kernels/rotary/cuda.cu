// Rotary positions on a GPU: a thread for each pair.
#include "trainer/kernels/cuda/each.h"
#include "trainer/kernels/cuda/launch.h"

namespace dure::trainer::DURE_GPU {
namespace {

struct Rotate {
    float* x;
    const float* cosines;
    const float* sines;
    const int32_t* positions;
    int64_t heads;
    int64_t half;
    bool back;

    DURE_DEVICE void operator()(int64_t n) const {
        const int64_t i = n % half;
        const int64_t row = n / half;  // of a head of a token
        const int64_t entry = positions[row / heads] * half + i;
        float* const pair = x + row * (2 * half) + i;
        const float a = pair[0];
        const float b = pair[half];
        const float c = cosines[entry];
        const float s = back ? -sines[entry] : sines[entry];
        pair[0] = fma_rn(a, c, -(b * s));
        pair[half] = fma_rn(b, c, a * s);
    }
};

}  // namespace

void rotate(const Stream& stream, float* x, const float* cosines, const float* sines,
            const int32_t* positions, int64_t T, int64_t heads, int64_t head_dim, bool back) {
    const int64_t half = head_dim / 2;
    launch_each(stream, T * heads * half, Rotate{x, cosines, sines, positions, heads, half, back});
}

}  // namespace dure::trainer::DURE_GPU
