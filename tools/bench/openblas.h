// OpenBLAS as a peer, loaded at run time so that nothing of Dure depends on it. Debian's package libopenblas0-openmp.
#pragma once

#include <cstdint>
#include <string>

namespace dure::bench {

class OpenBlas {
  public:
    /// Loads the library, whose kernels are chosen by the environment (OPENBLAS_CORETYPE) at that moment. Where there is
    /// none, found() is false.
    OpenBlas();
    bool found() const { return sgemm_ != nullptr; }
    /// The kernels in use, such as "SkylakeX".
    std::string core() const;
    void set_threads(int threads) const { set_threads_(threads); }

    /// C [M, N] (+)= A * B, row-major; transposed_a: A is stored [K, M], else [M, K]; transposed_b: B is stored [N, K].
    void sgemm(bool transposed_a, bool transposed_b, std::int64_t M, std::int64_t N, std::int64_t K,
               const float* a, const float* b, float* c, bool add) const;

  private:
    using Sgemm = void (*)(int order, int transposed_a, int transposed_b, int M, int N, int K, float alpha,
                           const float* a, int lda, const float* b, int ldb, float beta, float* c, int ldc);
    Sgemm sgemm_ = nullptr;
    void (*set_threads_)(int) = nullptr;
    char* (*core_)() = nullptr;
};

}  // namespace dure::bench
