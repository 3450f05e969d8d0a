// The output head with its cross-entropy: logits, losses and gradients of one chunk of tokens after the other, so that
// the logits of more than 512 tokens never stand in memory, however large the micro-batch and the vocabulary are. The
// chunks are those of the sums over tokens, so nothing depends on them.
#pragma once

#include <cstdint>

#include "trainer/kernels/kernels.h"
#include "trainer/model/config.h"

namespace dure::trainer {

struct HeadPass {
    float* losses = nullptr;                ///< [N]
    float* d_normed = nullptr;              ///< [N, dim], overwritten; nullptr: only losses are wanted
    float* d_head = nullptr;                ///< [vocab, dim], added to; not used where d_normed is nullptr
    const float* normed = nullptr;          ///< [N, dim]: the last norm's output
    const float* head = nullptr;            ///< [vocab, dim]
    const std::int32_t* targets = nullptr;  ///< [N]
    float scale = 1;                        ///< of the gradient
};

/// Floats of working memory that head_cross_entropy needs for `tokens` tokens at most.
std::int64_t head_workspace(const ModelConfig& config, std::int64_t tokens);

/// Kernels::matmul, cross_entropy and the product's gradients, for `tokens` tokens.
void head_cross_entropy(const Kernels& kernels, const ModelConfig& config, const HeadPass& pass,
                        float* workspace, std::int64_t tokens);

}  // namespace dure::trainer
