// What a model is (ModelConfig) and how it is trained (TrainConfig). Both stand in genesis as encoded bytes,
// so every value has one encoding: fractions are kept as the bits of a float.
//
// Promises: a validated config describes shapes that fit memory and the operators' preconditions. Not here:
// the parameters themselves (layout.h) and the defaults (recipe.h).
#pragma once

#include <bit>
#include <cstdint>
#include <span>
#include <tuple>
#include <variant>

#include "base/codec.h"
#include "base/result.h"

namespace dure::trainer {

/// A float in an encoding: its 32 bits. As a double it is the same number exactly.
struct Float32 {
    std::uint32_t bits = 0;

    Float32() = default;
    constexpr explicit Float32(float value) : bits(std::bit_cast<std::uint32_t>(value)) {}
    constexpr float value() const { return std::bit_cast<float>(bits); }
    constexpr double exact() const { return static_cast<double>(value()); }

    static constexpr auto fields() { return std::tuple(&Float32::bits); }
    friend bool operator==(const Float32&, const Float32&) = default;
};

/// Parameters and outer momentum of the largest model fit in one blob of 1 GiB.
inline constexpr std::uint64_t k_max_parameters = (std::uint64_t{1} << 27) - (1 << 16);

/// Rotary positions for longer texts: every frequency is divided by `factor` (linear interpolation, Chen et
/// al. 2023).
struct LinearRope {
    Float32 factor;

    static constexpr auto fields() { return std::tuple(&LinearRope::factor); }
    friend bool operator==(const LinearRope&, const LinearRope&) = default;
};

/// Llama 3.1's: frequencies that turn less than `low` times within the original sequence are divided by
/// `factor`, those that turn more than `high` times stay, between them both are mixed.
struct Llama3Rope {
    Float32 factor;
    Float32 low{1.0F};
    Float32 high{4.0F};
    std::uint32_t original_sequence = 8192;

    static constexpr auto fields() {
        using R = Llama3Rope;
        return std::tuple(&R::factor, &R::low, &R::high, &R::original_sequence);
    }
    friend bool operator==(const Llama3Rope&, const Llama3Rope&) = default;
};

/// What not every model has. New kinds are only ever appended, so that configs without them keep their
/// encoding, and their checkpoints their roots.
using ModelFeature = std::variant<LinearRope, Llama3Rope>;

/// Llama's architecture: RMSNorm, rotary positions, grouped-query attention, SwiGLU.
struct ModelConfig {
    std::uint32_t vocab = 0;         ///< rows of the embedding
    std::uint32_t active_vocab = 0;  ///< the first so many rows are in use; the others are masked
    std::uint32_t dim = 0;           ///< width of the residual stream
    std::uint32_t layers = 0;
    std::uint32_t heads = 0;
    std::uint32_t kv_heads = 0;      ///< divides heads
    std::uint32_t head_dim = 0;      ///< even
    std::uint32_t ffn = 0;           ///< width of the feed-forward layer
    std::uint32_t max_sequence = 0;  ///< positions, of a training window and of prompt and answer together
    Float32 rope_theta{10000.0F};
    Float32 norm_epsilon{1e-5F};
    bool tied = true;                       ///< the output head is the embedding
    BoundedList<ModelFeature, 8> features;  ///< in the order of their kinds, each kind once

    static constexpr auto fields() {
        using M = ModelConfig;
        return std::tuple(&M::vocab, &M::active_vocab, &M::dim, &M::layers, &M::heads, &M::kv_heads,
                          &M::head_dim, &M::ffn, &M::max_sequence, &M::rope_theta, &M::norm_epsilon, &M::tied,
                          &M::features);
    }
    friend bool operator==(const ModelConfig&, const ModelConfig&) = default;

    /// Errors: `out_of_range`, naming the field, its value and what it may be.
    Status validate() const;
    /// Exact for a valid config.
    std::uint64_t parameter_count() const;
    /// Errors: `invalid`, naming the first id that is no row in use.
    Status check_tokens(std::span<const std::int32_t> tokens) const;
};

struct TrainConfig {
    // A work unit
    std::uint32_t steps = 0;          ///< H: optimizer steps
    std::uint32_t batch = 0;          ///< B: sequences a step
    std::uint32_t sequence = 0;       ///< T: tokens a sequence; divides 512 or is a multiple of it
    std::uint32_t segment_steps = 0;  ///< a segment boundary every so many steps, and at the end
    std::uint32_t warmup_steps = 0;
    Float32 learning_rate;        ///< after the warm-up
    Float32 learning_rate_floor;  ///< the cosine's end, at the unit's last step
    Float32 beta1{0.9F};
    Float32 beta2{0.95F};
    Float32 epsilon{1e-8F};
    Float32 weight_decay{0.1F};  ///< on matrices, not on norms' gains
    Float32 clip_norm{1.0F};     ///< 0: no clipping
    // Update and merge
    std::uint32_t quant_block = 64;  ///< elements that share one scale
    Float32 update_norm_max;         ///< an update with a larger norm is scaled down to it; 0: no cap
    Float32 update_norm_refused;     ///< one with a larger norm than this is not merged; 0: never refused
    Float32 outer_learning_rate{1.0F};
    Float32 outer_momentum;
    // Judging
    std::uint32_t held_out_windows = 0;  ///< at most so many windows of the hold-out are evaluated
    std::uint32_t score_windows = 0;  ///< at most so many windows of a shard make the scoring step's gradient
    Float32 score_step;               ///< the norm of the scoring step

    static constexpr auto fields() {
        using C = TrainConfig;
        return std::tuple(&C::steps, &C::batch, &C::sequence, &C::segment_steps, &C::warmup_steps,
                          &C::learning_rate, &C::learning_rate_floor, &C::beta1, &C::beta2, &C::epsilon,
                          &C::weight_decay, &C::clip_norm, &C::quant_block, &C::update_norm_max,
                          &C::update_norm_refused, &C::outer_learning_rate, &C::outer_momentum,
                          &C::held_out_windows, &C::score_windows, &C::score_step);
    }
    friend bool operator==(const TrainConfig&, const TrainConfig&) = default;

    /// Errors: `out_of_range`, naming the field, its value and what it may be.
    Status validate() const;
    /// validate(), and that the windows fit the model.
    Status validate_for(const ModelConfig& model) const;

    std::uint64_t windows_per_unit() const { return std::uint64_t{steps} * batch; }
    /// T inputs, and the target of the last one.
    std::uint32_t window_tokens() const { return sequence + 1; }
    std::uint64_t tokens_per_unit() const { return windows_per_unit() * sequence; }
};

}  // namespace dure::trainer
