#include "trainer/growth/widen.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "trainer/growth/place.h"
#include "trainer/growth/rules.h"
#include "trainer/model/initialize.h"

namespace dure::trainer {
namespace {

void scale_gains(const ParameterLayout& layout, double factor, std::vector<float>& values) {
    for (const Tensor& tensor : layout.tensors) {
        if (tensor.kind != TensorKind::gain) continue;
        for (std::int64_t i = tensor.offset; i < tensor.offset + tensor.size(); ++i) {
            float& value = values[static_cast<std::size_t>(i)];
            value = static_cast<float>(static_cast<double>(value) * factor);
        }
    }
}

// What writes to the residual stream writes nothing to the new features.
void clear_writers(const ParameterLayout& layout, std::vector<float>& values) {
    for (const Tensor& tensor : layout.tensors) {
        if (tensor.kind != TensorKind::residual_matrix && tensor.kind != TensorKind::embedding) continue;
        std::fill_n(values.begin() + tensor.offset, tensor.size(), 0.0F);
    }
}

}  // namespace

Result<Checkpoint> widen(const Checkpoint& checkpoint, std::uint32_t dim, std::uint64_t seed) {
    const ModelConfig& from = checkpoint.config;
    DURE_CHECK(from.validate());
    GrowthRules rules;
    rules.not_less("dim", from.dim, dim).same_blocks("dim", from.dim, dim);
    DURE_CHECK(rules.result());
    // The mean square of a row is that of the old features times this.
    const double ratio = static_cast<double>(from.dim) / static_cast<double>(dim);
    Checkpoint wide;
    wide.config = from;
    wide.config.dim = dim;
    wide.config.norm_epsilon = Float32(static_cast<float>(from.norm_epsilon.exact() * ratio));
    DURE_CHECK(wide.config.validate());
    const ParameterLayout old_layout = make_layout(from);
    const ParameterLayout layout = make_layout(wide.config);
    wide.parameters = initialize_parameters(wide.config, seed);
    clear_writers(layout, wide.parameters);
    place_values(old_layout, checkpoint.parameters, layout, wide.parameters);
    wide.outer_momentum.assign(wide.parameters.size(), 0.0F);
    place_values(old_layout, checkpoint.outer_momentum, layout, wide.outer_momentum);
    const double gain = std::sqrt(ratio);
    scale_gains(layout, gain, wide.parameters);
    scale_gains(layout, gain, wide.outer_momentum);
    return wide;
}

}  // namespace dure::trainer
