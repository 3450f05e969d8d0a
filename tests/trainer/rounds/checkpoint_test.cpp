#include "trainer/rounds/checkpoint.h"

#include <gtest/gtest.h>

#include <cstring>
#include <limits>

#include "base/blob.h"
#include "base/merkle.h"
#include "tests/trainer/support.h"
#include "trainer/rounds/arrays.h"

namespace dure::trainer {
namespace {

using testing::Numbers;
using testing::tiny_model;

Checkpoint sample() {
    Checkpoint checkpoint = *initial_checkpoint(tiny_model(), 1);
    Numbers numbers(2);
    for (float& m : checkpoint.outer_momentum)
        m = numbers.unit();
    return checkpoint;
}

TEST(Checkpoint, DecodesToWhatWasEncoded) {
    const Checkpoint checkpoint = sample();
    const auto decoded = Checkpoint::decode(checkpoint.encode());
    ASSERT_TRUE(decoded) << decoded.error().message;
    EXPECT_EQ(*decoded, checkpoint);
    EXPECT_EQ(decoded->root(), checkpoint.root());
    EXPECT_EQ(decoded->encode(), checkpoint.encode());
}

TEST(Checkpoint, RootBindsConfigParametersAndMomentum) {
    const Checkpoint checkpoint = sample();
    Checkpoint other = checkpoint;
    other.parameters.back() =
        std::bit_cast<float>(std::bit_cast<std::uint32_t>(other.parameters.back()) ^ 1U);
    EXPECT_NE(other.root(), checkpoint.root());
    other = checkpoint;
    other.outer_momentum.front() = -other.outer_momentum.front();
    EXPECT_NE(other.root(), checkpoint.root());
    other = checkpoint;
    other.config.rope_theta = Float32(20000.0F);
    EXPECT_NE(other.root(), checkpoint.root());
    other = checkpoint;
    std::swap(other.parameters, other.outer_momentum);
    EXPECT_NE(other.root(), checkpoint.root());
}

TEST(Checkpoint, RefusesAnyOtherLength) {
    const Bytes bytes = sample().encode();
    for (std::size_t length = 0; length < bytes.size(); length += 61) {
        EXPECT_FALSE(Checkpoint::decode(ByteView(bytes).first(length)));
    }
    Bytes longer = bytes;
    longer.push_back(0);
    EXPECT_FALSE(Checkpoint::decode(longer));
}

TEST(Checkpoint, RefusesNumbersThatAreNotFinite) {
    for (const float bad :
         {std::numeric_limits<float>::infinity(), std::numeric_limits<float>::quiet_NaN()}) {
        Checkpoint checkpoint = sample();
        checkpoint.outer_momentum[17] = bad;
        const auto decoded = Checkpoint::decode(checkpoint.encode());
        ASSERT_FALSE(decoded);
        EXPECT_EQ(decoded.error().code, ErrorCode::invalid);
    }
}

TEST(Checkpoint, DecodingDamagedBytesIsAnErrorOrReencodesToThem) {
    const Bytes bytes = sample().encode();
    Numbers numbers(4);
    for (int i = 0; i < 2000; ++i) {
        Bytes damaged = bytes;
        const std::uint32_t place =
            i % 2 == 0 ? numbers.below(70) : numbers.below(static_cast<std::uint32_t>(bytes.size()));
        damaged[place] = static_cast<std::uint8_t>(damaged[place] ^ (1U << numbers.below(8)));
        const auto decoded = Checkpoint::decode(damaged);
        if (!decoded) continue;
        EXPECT_EQ(decoded->encode(), damaged);
    }
}

TEST(ArrayRoot, IsTheMerkleRootOfChunksOf64KiB) {
    std::vector<float> values(20000);
    Numbers numbers(5);
    for (float& value : values)
        value = numbers.unit();
    Bytes bytes(values.size() * sizeof(float));
    std::memcpy(bytes.data(), values.data(), bytes.size());
    const Hash leaves[] = {merkle_leaf(ByteView(bytes).first(65536)),
                           merkle_leaf(ByteView(bytes).subspan(65536))};
    EXPECT_EQ(array_root(values), merkle_root(leaves));
    EXPECT_EQ(array_root(values), blob_hash(bytes));
}

}  // namespace
}  // namespace dure::trainer
