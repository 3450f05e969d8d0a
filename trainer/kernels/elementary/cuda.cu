// The elementary functions over arrays on a GPU; cuda/math.h has them one by one.
#include "trainer/kernels/cuda/each.h"
#include "trainer/kernels/cuda/launch.h"
#include "trainer/kernels/cuda/math.h"

namespace dure::trainer::DURE_GPU {
namespace {

template <Elementary function>
struct Apply {
    float* out;
    const float* x;
    DURE_DEVICE void operator()(int64_t i) const {
        if constexpr (function == Elementary::exp) out[i] = exp_of(x[i]);
        if constexpr (function == Elementary::log) out[i] = log_of(x[i]);
        if constexpr (function == Elementary::sigmoid) out[i] = sigmoid_of(x[i]);
        if constexpr (function == Elementary::tanh) out[i] = tanh_of(x[i]);
    }
};

}  // namespace

void elementary(const Stream& stream, Elementary function, float* out, const float* x, int64_t count) {
    switch (function) {
        case Elementary::exp:
            return launch_each(stream, count, Apply<Elementary::exp>{out, x});
        case Elementary::log:
            return launch_each(stream, count, Apply<Elementary::log>{out, x});
        case Elementary::sigmoid:
            return launch_each(stream, count, Apply<Elementary::sigmoid>{out, x});
        case Elementary::tanh:
            return launch_each(stream, count, Apply<Elementary::tanh>{out, x});
    }
}

}  // namespace dure::trainer::DURE_GPU
