#include "tools/bench/openblas.h"

#include <dlfcn.h>

namespace dure::bench {
namespace {

constexpr const char* k_files[] = {"/usr/lib/x86_64-linux-gnu/openblas-openmp/libopenblas.so.0",
                                   "libopenblas.so.0"};

template <class Function>
void find(void* library, const char* name, Function& function) {
    function = reinterpret_cast<Function>(dlsym(library, name));
}

}  // namespace

OpenBlas::OpenBlas() {
    for (const char* const file : k_files) {
        void* const library = dlopen(file, RTLD_NOW | RTLD_LOCAL);
        if (library == nullptr) continue;
        find(library, "openblas_set_num_threads", set_threads_);
        find(library, "openblas_get_corename", core_);
        find(library, "cblas_sgemm", sgemm_);
        return;
    }
}

std::string OpenBlas::core() const {
    return core_();
}

void OpenBlas::sgemm(bool transposed_a, bool transposed_b, std::int64_t M, std::int64_t N, std::int64_t K,
                     const float* a, const float* b, float* c, bool add) const {
    constexpr int k_row_major = 101;
    constexpr int k_plain = 111;
    constexpr int k_transposed = 112;
    const auto narrow = [](std::int64_t value) { return static_cast<int>(value); };
    sgemm_(k_row_major, transposed_a ? k_transposed : k_plain, transposed_b ? k_transposed : k_plain,
           narrow(M), narrow(N), narrow(K), 1.0F, a, narrow(transposed_a ? M : K), b,
           narrow(transposed_b ? K : N), add ? 1.0F : 0.0F, c, narrow(N));
}

}  // namespace dure::bench
