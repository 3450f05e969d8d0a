// The forward pass over new tokens of several cached sequences at once: the one place that holds the
// key/value cache and the memory of decoding.
//
// Promises: a sequence's keys, values and logits depend on its own tokens alone and equal those of a forward
// pass over the whole sequence, bit for bit, whatever stands beside it in a batch and however its tokens are
// cut into calls. Memory is planned at construction; forward() allocates nothing of weight. Not here: which
// sequence goes on when (engine.h, generator.h), choosing tokens (sampling.h).
#pragma once

#include <cstdint>
#include <memory>
#include <span>

#include "base/result.h"
#include "trainer/kernels/kernels.h"
#include "trainer/model/config.h"

namespace dure::trainer {

struct DecoderShape {
    std::int64_t cache_positions = 0;  ///< of all sequences together
    std::int64_t batch_tokens = 0;     ///< new tokens of one call, at most
    std::int64_t batch_logits = 0;     ///< sequences whose logits one call gives, at most
};

/// New tokens of one sequence. Its positions 0, 1, .. stand in a row in the cache, from `place` on.
struct DecoderPart {
    std::int64_t place = 0;
    std::int64_t length = 0;  ///< positions that stand in the cache already
    std::span<const std::int32_t> tokens;
    bool wants_logits = false;  ///< behind the last of its tokens
};

class Decoder {
  public:
    /// `kernels` and `parameters` [config.parameter_count()] must outlive it. Errors: `out_of_range` for a
    /// config that does not validate, `invalid` for a wrong number of parameters.
    static Result<Decoder> create(const Kernels& kernels, const ModelConfig& config,
                                  std::span<const float> parameters, const DecoderShape& shape);
    Decoder(Decoder&&) noexcept;
    Decoder& operator=(Decoder&&) noexcept;
    ~Decoder();

    /// Bytes of memory for a valid config: the cache, the activations, the logits and the scratch.
    static std::uint64_t memory_bytes(const ModelConfig& config, const DecoderShape& shape);

    /// Puts the parts' keys and values into the cache. Returns logits [parts that want them, vocab] in the
    /// parts' order, in the program's memory, valid until the next call. The parts' positions in the cache must not overlap, their
    /// tokens must be at least one each and together batch_tokens at most, their ids in the vocabulary.
    std::span<float> forward(std::span<const DecoderPart> parts);
    /// For whoever chooses tokens: [batch_logits, vocab], not used here.
    float* scratch();

    /// For the logits: kernels for the program's own memory.
    const Kernels& host_kernels() const;
    const ModelConfig& config() const;

  private:
    struct Plan;
    explicit Decoder(std::unique_ptr<Plan> plan);
    std::unique_ptr<Plan> plan_;
};

}  // namespace dure::trainer
