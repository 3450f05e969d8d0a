#include "trainer/growth/grow.h"

#include <algorithm>
#include <string>

#include "base/assert.h"
#include "trainer/growth/place.h"
#include "trainer/growth/rules.h"
#include "trainer/model/initialize.h"

namespace dure::trainer {

Status check_growth(const ModelConfig& from, const ModelConfig& to) {
    DURE_CHECK(from.validate());
    DURE_CHECK(to.validate());
    GrowthRules rules;
    rules.same("dim", from.dim, to.dim, "; a wider residual stream is an operation of its own (widen)")
        .same("head_dim", from.head_dim, to.head_dim)
        .same("rope_theta", from.rope_theta, to.rope_theta)
        .same("norm_epsilon", from.norm_epsilon, to.norm_epsilon)
        .that(from.tied == to.tied, "the head cannot be tied or untied by growing")
        .that(from.features == to.features, "the model's features cannot change by growing")
        .not_less("layers", from.layers, to.layers)
        .not_less("kv_heads", from.kv_heads, to.kv_heads)
        .not_less("heads", from.heads, to.heads)
        .not_less("ffn", from.ffn, to.ffn)
        .not_less("vocab", from.vocab, to.vocab)
        .not_less("active_vocab", from.active_vocab, to.active_vocab)
        .not_less("max_sequence", from.max_sequence, to.max_sequence)
        .same("heads / kv_heads", from.heads / from.kv_heads, to.heads / to.kv_heads,
              ": whole key/value groups are added, with all their query heads")
        .same_blocks("ffn", from.ffn, to.ffn)
        .same_blocks("heads * head_dim", from.heads * from.head_dim, to.heads * to.head_dim);
    return rules.result();
}

std::vector<float> grow_values(const ModelConfig& from, const ModelConfig& to,
                               std::span<const float> values) {
    DURE_ASSERT(check_growth(from, to));
    const ParameterLayout layout = make_layout(to);
    std::vector<float> grown(static_cast<std::size_t>(layout.count), 0.0F);
    place_values(make_layout(from), values, layout, grown);
    return grown;
}

Result<Checkpoint> grow(const Checkpoint& checkpoint, const ModelConfig& next, std::uint64_t seed) {
    DURE_CHECK(check_growth(checkpoint.config, next));
    Checkpoint grown;
    grown.config = next;
    grown.parameters = initialize_parameters(next, seed);
    const ParameterLayout layout = make_layout(next);
    for (const Tensor& tensor : layout.tensors) {
        if (tensor.kind != TensorKind::residual_matrix) continue;
        std::fill_n(grown.parameters.begin() + tensor.offset, tensor.size(), 0.0F);
    }
    place_values(make_layout(checkpoint.config), checkpoint.parameters, layout, grown.parameters);
    grown.outer_momentum = grow_values(checkpoint.config, next, checkpoint.outer_momentum);
    return grown;
}

}  // namespace dure::trainer
