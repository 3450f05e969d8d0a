#include "trainer/rounds/training_state.h"

#include <gtest/gtest.h>

#include <bit>

#include "base/blob.h"
#include "tests/trainer/rounds/units.h"
#include "trainer/rounds/arrays.h"

namespace dure::trainer {
namespace {

using testing::Numbers;
using testing::tiny_model;

TrainingState sample_state() {
    TrainingState state = start_state(*initial_checkpoint(tiny_model(), 1));
    Numbers numbers(5);
    for (auto* moment : {&state.first_moment, &state.second_moment}) {
        for (float& value : *moment)
            value = numbers.unit();
    }
    state.step = 7;
    return state;
}

Bytes blob(const std::vector<float>& array) {
    return to_bytes(array_bytes(array));
}

Result<TrainingState> decoded(const Bytes& parameters, const Bytes& first, const Bytes& second) {
    return TrainingState::decode(tiny_model(), 7, parameters, first, second);
}

TEST(TrainingState, IsThreeBlobsNamedByItsRoots) {
    const TrainingState state = sample_state();
    const Bytes blobs[] = {blob(state.parameters), blob(state.first_moment), blob(state.second_moment)};
    const StateRoots roots = state.roots();
    EXPECT_EQ(roots, (StateRoots{blob_hash(blobs[0]), blob_hash(blobs[1]), blob_hash(blobs[2])}));
    EXPECT_EQ(state.hash(), state_hash(roots));
    const auto again = decoded(blobs[0], blobs[1], blobs[2]);
    ASSERT_TRUE(again) << again.error().message;
    EXPECT_EQ(*again, state);
}

TEST(TrainingState, RefusesBlobsOfAnotherSizeAndNumbersThatAreNotFinite) {
    const TrainingState state = sample_state();
    const Bytes good = blob(state.parameters);
    for (const std::size_t size : {std::size_t{0}, std::size_t{1}, good.size() - 4, good.size() - 1,
                                   good.size() + 1, good.size() + 4, 2 * good.size()}) {
        Bytes bad = good;
        bad.resize(size);
        for (int place = 0; place < 3; ++place) {
            const auto result =
                decoded(place == 0 ? bad : good, place == 1 ? bad : good, place == 2 ? bad : good);
            ASSERT_FALSE(result) << size;
            EXPECT_EQ(result.error().code, ErrorCode::malformed);
        }
    }
    for (const std::uint32_t bits : {0x7F800000U, 0xFF800000U, 0x7FC00000U, 0x7F800001U, 0xFFFFFFFFU}) {
        std::vector<float> bad = state.parameters;
        bad[bits % bad.size()] = std::bit_cast<float>(bits);
        for (int place = 0; place < 3; ++place) {
            const auto result = decoded(place == 0 ? blob(bad) : good, place == 1 ? blob(bad) : good,
                                        place == 2 ? blob(bad) : good);
            ASSERT_FALSE(result) << std::hex << bits;
            EXPECT_EQ(result.error().code, ErrorCode::invalid);
        }
    }
    EXPECT_FALSE(TrainingState::decode(ModelConfig(), 0, {}, {}, {}));
}

TEST(TrainingState, DecodesAnyBytesOfTheRightSizeToThemselvesOrNotAtAll) {
    const Bytes good = blob(sample_state().parameters);
    Numbers numbers(9);
    int refused = 0;
    for (int i = 0; i < 300; ++i) {
        Bytes bytes = good;
        for (std::uint32_t n = numbers.below(40); n > 0; --n)
            bytes[numbers.below(static_cast<std::uint32_t>(bytes.size()))] =
                static_cast<std::uint8_t>(numbers.next());
        const auto result = decoded(bytes, good, bytes);
        if (!result) {
            ++refused;
            continue;
        }
        EXPECT_EQ(blob(result->parameters), bytes);
        EXPECT_EQ(blob(result->second_moment), bytes);
    }
    EXPECT_GT(refused, 0);
}

}  // namespace
}  // namespace dure::trainer
