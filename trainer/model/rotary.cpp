#include "trainer/model/rotary.h"

namespace dure::trainer {
namespace {

constexpr double k_two_pi = 0x1.921fb54442d18p+2;

double scaled(const LinearRope& scaling, double frequency) {
    return frequency / scaling.factor.exact();
}

double scaled(const Llama3Rope& scaling, double frequency) {
    const double low = scaling.low.exact();
    const double high = scaling.high.exact();
    const double turns = (static_cast<double>(scaling.original_sequence) * frequency) / k_two_pi;
    const double slow = frequency / scaling.factor.exact();
    if (turns < low) return slow;
    if (turns > high) return frequency;
    const double mix = (turns - low) / (high - low);
    return (1.0 - mix) * slow + mix * frequency;
}

}  // namespace

RotaryTable make_rotary_table(const ModelConfig& config, std::int64_t positions) {
    std::vector<double> frequencies = rotary_frequencies(config.head_dim, config.rope_theta.exact());
    for (const ModelFeature& feature : config.features) {
        for (double& frequency : frequencies)
            frequency = std::visit([&](const auto& scaling) { return scaled(scaling, frequency); }, feature);
    }
    return make_rotary_table(positions, frequencies);
}

}  // namespace dure::trainer
