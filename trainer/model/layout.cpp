#include "trainer/model/layout.h"

#include <utility>

namespace dure::trainer {

ParameterLayout make_layout(const ModelConfig& config) {
    const std::int64_t dim = config.dim;
    const std::int64_t query_rows = std::int64_t{config.heads} * config.head_dim;
    const std::int64_t key_rows = std::int64_t{config.kv_heads} * config.head_dim;
    const std::int64_t ffn = config.ffn;

    ParameterLayout layout;
    const auto add = [&layout](std::string name, TensorKind kind, std::int64_t rows, std::int64_t columns) {
        layout.tensors.push_back({std::move(name), kind, layout.count, rows, columns});
        const std::int64_t offset = layout.count;
        layout.count += rows * columns;
        return offset;
    };
    layout.embedding = add("model.embed_tokens.weight", TensorKind::embedding, config.vocab, dim);
    for (std::uint32_t i = 0; i < config.layers; ++i) {
        const std::string prefix = "model.layers." + std::to_string(i) + ".";
        LayerOffsets layer;
        layer.attention_norm = add(prefix + "input_layernorm.weight", TensorKind::gain, 1, dim);
        layer.q = add(prefix + "self_attn.q_proj.weight", TensorKind::matrix, query_rows, dim);
        layer.k = add(prefix + "self_attn.k_proj.weight", TensorKind::matrix, key_rows, dim);
        layer.v = add(prefix + "self_attn.v_proj.weight", TensorKind::matrix, key_rows, dim);
        layer.o = add(prefix + "self_attn.o_proj.weight", TensorKind::residual_matrix, dim, query_rows);
        layer.ffn_norm = add(prefix + "post_attention_layernorm.weight", TensorKind::gain, 1, dim);
        layer.gate = add(prefix + "mlp.gate_proj.weight", TensorKind::matrix, ffn, dim);
        layer.up = add(prefix + "mlp.up_proj.weight", TensorKind::matrix, ffn, dim);
        layer.down = add(prefix + "mlp.down_proj.weight", TensorKind::residual_matrix, dim, ffn);
        layout.layers.push_back(layer);
    }
    layout.final_norm = add("model.norm.weight", TensorKind::gain, 1, dim);
    layout.head = config.tied ? layout.embedding : add("lm_head.weight", TensorKind::head, config.vocab, dim);
    return layout;
}

}  // namespace dure::trainer
