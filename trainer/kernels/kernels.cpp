#include "trainer/kernels/kernels.h"

#include <cstring>

#include "trainer/kernels/device.h"
#include "trainer/kernels/implementations.h"
#include "trainer/kernels/reference_kernels.h"
#include "trainer/kernels/scalar_math.h"

namespace dure::trainer {
namespace {

constexpr Isa k_all_isas[] = {Isa::reference, Isa::avx2, Isa::avx512};

}  // namespace

Kernels::Kernels(Isa isa, Executor& executor) : isa_(isa), executor_(&executor) {}
Kernels::~Kernels() = default;
Isa Kernels::isa() const {
    return isa_;
}
Executor& Kernels::executor() const {
    return *executor_;
}

Device& Kernels::device() const {
    return host_device();
}
const Kernels& Kernels::host() const {
    return *this;
}
void Kernels::clip(float* numbers, const float* g, int64_t count, double limit) const {
    numbers[0] = sum_of_squares(g, count);
    numbers[1] = clip_factor(numbers[0], limit);
}
void Kernels::adamw_clipped(float* w, float* m, float* v, const float* g, int64_t count,
                            const AdamWScalars& scalars, const float* gradient_scale) const {
    AdamWScalars clipped = scalars;
    clipped.gradient_scale = *gradient_scale;
    adamw(w, m, v, g, count, clipped);
}

bool isa_supported(Isa isa) {
    // The builtins also ask whether the operating system saves the registers.
    __builtin_cpu_init();
    switch (isa) {
        case Isa::reference:
            return true;
        case Isa::avx2:
            return __builtin_cpu_supports("avx2") != 0 && __builtin_cpu_supports("fma") != 0;
        case Isa::avx512:
            return __builtin_cpu_supports("avx512f") != 0 && __builtin_cpu_supports("avx512bw") != 0 &&
                   __builtin_cpu_supports("avx512dq") != 0 && __builtin_cpu_supports("avx512vl") != 0 &&
                   isa_supported(Isa::avx2);
    }
    return false;
}

Isa best_isa() {
    Isa best = Isa::reference;
    for (const Isa isa : k_all_isas) {
        if (isa_supported(isa)) best = isa;
    }
    return best;
}

const char* isa_name(Isa isa) {
    switch (isa) {
        case Isa::reference:
            return "reference";
        case Isa::avx2:
            return "avx2";
        case Isa::avx512:
            return "avx512";
    }
    return "unknown";
}

bool isa_from_name(const char* name, Isa& isa) {
    for (const Isa candidate : k_all_isas) {
        if (std::strcmp(name, isa_name(candidate)) != 0) continue;
        isa = candidate;
        return true;
    }
    return false;
}

std::unique_ptr<Kernels> make_kernels(Isa isa, Executor& executor) {
    switch (isa) {
        case Isa::avx2:
            return std::unique_ptr<Kernels>(new_avx2_kernels(executor));
        case Isa::avx512:
            return std::unique_ptr<Kernels>(new_avx512_kernels(executor));
        case Isa::reference:
            break;
    }
    return std::make_unique<reference::ReferenceKernels>(executor);
}

}  // namespace dure::trainer
