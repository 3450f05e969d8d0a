// The schedule by which the model grows.
#include <gtest/gtest.h>

#include "tests/ledger/harness.h"

namespace dure::ledger::testing {
namespace {

ledger::TrainerConfig shape(std::uint8_t layers) {
    return ledger::TrainerConfig(Bytes{layers});
}

Genesis growing_genesis() {
    Genesis genesis = make_genesis({});
    genesis.model.architecture = shape(1);
    genesis.model.generations.push_back({.admitted_tokens = 15'000, .architecture = shape(2)});
    genesis.model.generations.push_back({.admitted_tokens = 16'000, .architecture = shape(3)});
    return genesis;
}

void finish_rounds(Harness& chain, std::uint64_t count) {
    for (int i = 0; i < 600 && head(chain.state()).finished.value < count; ++i)
        chain.work();
    ASSERT_EQ(head(chain.state()).finished.value, count);
}

TEST(Growth, ComesWithTheDataAGenerationARound) {
    ChainOptions options;
    options.model = growing_genesis().model;
    Harness chain(options);
    chain.add_data(8, "a text", 10'000);
    finish_rounds(chain, 2);
    EXPECT_EQ(head(chain.state()).checkpoint.generation.value, 0U);
    EXPECT_FALSE(round(chain.state(), {2})->record.grows_to.has_value());

    chain.add_data(8, "another text", 10'000);
    const std::uint64_t before = head(chain.state()).finished.value;
    finish_rounds(chain, before + 4);
    EXPECT_EQ(head(chain.state()).checkpoint.generation.value, 2U);
    std::uint64_t generation = 0;
    for (std::uint64_t number = 1; number <= before + 4; ++number) {
        const RoundRecord record = round(chain.state(), {number})->record;
        if (!record.result) continue;
        EXPECT_EQ(record.base.generation.value, generation);
        if (record.grows_to) {
            EXPECT_EQ(record.grows_to->value, ++generation);
        }
        EXPECT_EQ(record.result->generation.value, generation);
    }
    EXPECT_EQ(generation, 2U);
}

TEST(Growth, ItsScheduleAscends) {
    Genesis genesis = growing_genesis();
    EXPECT_TRUE(genesis.check());
    genesis.model.generations[1].admitted_tokens = 15'000;
    EXPECT_EQ(genesis.check().error().code, ErrorCode::invalid);
}

}  // namespace
}  // namespace dure::ledger::testing
