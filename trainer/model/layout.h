// Where each tensor stands in a model's one flat array of parameters. The names are those of Llama
// checkpoints in the safetensors format, so that export is a matter of writing them down.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "trainer/model/config.h"

namespace dure::trainer {

enum class TensorKind : std::uint8_t { embedding, gain, matrix, residual_matrix, head };

struct Tensor {
    std::string name;
    TensorKind kind = TensorKind::matrix;  ///< residual_matrix: its product is added to the residual stream
    std::int64_t offset = 0;               ///< of its first element in the flat array
    std::int64_t rows = 0;                 ///< 1 for a gain
    std::int64_t columns = 0;

    std::int64_t size() const { return rows * columns; }
};

/// Offsets of one layer's tensors.
struct LayerOffsets {
    std::int64_t attention_norm = 0;  ///< [dim]
    std::int64_t q = 0;               ///< [heads * head_dim, dim]
    std::int64_t k = 0;               ///< [kv_heads * head_dim, dim]
    std::int64_t v = 0;               ///< [kv_heads * head_dim, dim]
    std::int64_t o = 0;               ///< [dim, heads * head_dim]
    std::int64_t ffn_norm = 0;        ///< [dim]
    std::int64_t gate = 0;            ///< [ffn, dim]
    std::int64_t up = 0;              ///< [ffn, dim]
    std::int64_t down = 0;            ///< [dim, ffn]
};

struct ParameterLayout {
    std::vector<Tensor> tensors;  ///< in the order of the flat array, without gaps
    std::vector<LayerOffsets> layers;
    std::int64_t embedding = 0;   ///< [vocab, dim]
    std::int64_t final_norm = 0;  ///< [dim]
    std::int64_t head = 0;        ///< [vocab, dim]; where it is tied: the embedding's offset
    std::int64_t count = 0;
};

/// Needs a valid config.
ParameterLayout make_layout(const ModelConfig& config);

}  // namespace dure::trainer
