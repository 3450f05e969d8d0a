// The chain's rule about growth: who computes other logits than before refuses.
#include "trainer/growth/probe.h"

#include "tests/trainer/growth/support.h"

namespace dure::trainer::testing {
namespace {

TEST(Probe, PassesWhatGrewAndNamesWhatDoesNotSayTheSame) {
    SerialExecutor executor;
    const auto kernels = make_kernels(best_isa(), executor);
    ModelConfig config;
    config.vocab = 40;
    config.active_vocab = 36;
    config.dim = 16;
    config.layers = 2;
    config.heads = 2;
    config.kv_heads = 1;
    config.head_dim = 8;
    config.ffn = 32;
    config.max_sequence = 32;
    const Checkpoint before = lively_checkpoint(config, 5);
    ModelConfig next = config;
    next.layers = 3;
    next.ffn = 64;
    const Checkpoint after = *grow(before, next, 7);
    const std::vector<std::int32_t> tokens{1, 5, 9, 35, 2, 7, 7, 11};
    EXPECT_TRUE(check_same_logits(*kernels, before, after, tokens));
    EXPECT_TRUE(check_same_logits(*kernels, before, before, tokens));

    Checkpoint spoilt = after;
    // A norm's gain in the last, new layer changes nothing: its output is zero. The embedding changes everything.
    spoilt.parameters[static_cast<std::size_t>(config.dim) * 9] += 0.5F;
    const Status refused = check_same_logits(*kernels, before, spoilt, tokens);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ErrorCode::invalid);
}

}  // namespace
}  // namespace dure::trainer::testing
