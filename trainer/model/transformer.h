// A Llama transformer over Kernels: losses of given windows, and their gradient.
//
// Promises: the same bits for the same arguments on every instruction set, for any number of threads and any
// size of micro-batch. Memory is planned at construction; calls allocate nothing. Windows lie in the program's memory,
// everything else in that of the kernels' device (the same on the CPU); calls return when the work is given to it. Not here: the optimizer
// (optimizer.h) and decoding with a cache (trainer/inference).
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "trainer/kernels/kernels.h"
#include "trainer/model/config.h"
#include "trainer/model/layout.h"

namespace dure::trainer {

/// A token that is read but not predicted: it may stand in a window in the place of `token`, and is its own
/// inverse.
constexpr std::int32_t unpredicted(std::int32_t token) {
    return ~token;
}
/// The id that a window's element stands for, predicted or not.
constexpr std::int32_t read_token(std::int32_t element) {
    return element < 0 ? unpredicted(element) : element;
}

class Transformer {
  public:
    enum class Use : std::uint8_t { losses, gradients };
    /// What a gradient keeps of each layer: all results, or only the layer's input, from which the rest is computed
    /// again (a third more work, the same bits).
    enum class Keep : std::uint8_t { results, inputs };

    /// Plans for windows of `sequence` inputs. Needs a valid config, sequence <= config.max_sequence dividing
    /// 512 or a multiple of it. `kernels` must outlive this. `micro_batch_tokens` bounds the activations'
    /// memory; it is rounded up to whole chunks of 512 tokens.
    Transformer(const Kernels& kernels, const ModelConfig& config, std::uint32_t sequence, Use use,
                std::int64_t micro_batch_tokens = 512, Keep keep = Keep::results);
    ~Transformer();
    Transformer(Transformer&&) noexcept;

    const ParameterLayout& layout() const;
    /// Of the device's memory that was planned. docs/performance.md has the formula.
    std::uint64_t planned_bytes() const;

    /// losses [W * T]: the cross-entropy of each token after the first of each window; 0 where it is
    /// unpredicted(). windows [W, T + 1]: ids below active_vocab, some of them unpredicted(), but at least
    /// one predicted. parameters [layout().count].
    void losses(std::span<float> losses, std::span<const float> parameters,
                std::span<const std::int32_t> windows);

    /// The same, and gradient [layout().count] = that of the predicted tokens' mean loss. Needs
    /// Use::gradients.
    void gradient(std::span<float> gradient, std::span<float> losses, std::span<const float> parameters,
                  std::span<const std::int32_t> windows);

  private:
    struct Plan;
    std::unique_ptr<Plan> plan_;
};

/// The mean of `losses` in millionths of a nat, by integers: each loss is limited to +-1024 and cut
/// to a multiple of 2^-24, the mean is rounded half up; below zero it counts as zero. Needs finite losses, at
/// least one.
std::uint64_t mean_micro_nats(std::span<const float> losses);

}  // namespace dure::trainer
