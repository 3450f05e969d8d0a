#include <algorithm>

#include "trainer/kernels/reference_kernels.h"

namespace dure::trainer::reference {

void ReferenceKernels::embedding(float* out, const float* table, const int32_t* ids, int64_t T,
                                 int64_t C) const {
    for (int64_t t = 0; t < T; ++t)
        std::copy_n(table + ids[t] * C, C, out + t * C);
}

void ReferenceKernels::embedding_gradient(float* dtable, const float* dout, const int32_t* ids, int64_t T,
                                          int64_t C) const {
    for (int64_t t = 0; t < T; ++t) {
        float* const row = dtable + ids[t] * C;
        for (int64_t c = 0; c < C; ++c)
            row[c] = row[c] + dout[t * C + c];
    }
}

}  // namespace dure::trainer::reference
