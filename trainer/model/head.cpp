#include "trainer/model/head.h"

#include <algorithm>

namespace dure::trainer {

std::int64_t head_workspace(const ModelConfig& config, std::int64_t tokens) {
    return std::min(tokens, k_token_chunk) * config.vocab;
}

void head_cross_entropy(const Kernels& kernels, const ModelConfig& config, const HeadPass& pass,
                        float* workspace, std::int64_t tokens) {
    const std::int64_t dim = config.dim;
    const std::int64_t vocab = config.vocab;
    const bool gradients = pass.d_normed != nullptr;
    float* const logits = workspace;  // their gradient takes the same place
    for (std::int64_t first = 0; first < tokens; first += k_token_chunk) {
        const std::int64_t count = std::min(k_token_chunk, tokens - first);
        const float* const normed = pass.normed + first * dim;
        kernels.matmul(logits, normed, pass.head, count, vocab, dim);
        kernels.cross_entropy(pass.losses + first, gradients ? logits : nullptr, logits, pass.targets + first,
                              count, vocab, config.active_vocab, pass.scale);
        if (!gradients) continue;
        kernels.matmul_input_gradient(pass.d_normed + first * dim, logits, pass.head, count, vocab, dim);
        kernels.matmul_weight_gradient(pass.d_head, logits, normed, count, vocab, dim);
    }
}

}  // namespace dure::trainer
