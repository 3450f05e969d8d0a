#include "trainer/rounds/quantization.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <bit>
#include <cstring>

#include "tests/trainer/support.h"
#include "trainer/rounds/arrays.h"

namespace dure::trainer {
namespace {

using testing::Numbers;

constexpr std::size_t k_count = 2 * k_chunk_elements + 4107;  // the last chunk and the last block are shorter

struct Sample {
    std::uint32_t block = 64;
    std::vector<float> base = std::vector<float>(k_count);
    std::vector<float> result = std::vector<float>(k_count);

    explicit Sample(std::uint32_t quant_block = 64) : block(quant_block) {
        Numbers numbers(7);
        for (std::size_t i = 0; i < k_count; ++i) {
            base[i] = numbers.unit();
            result[i] = base[i] + 0.01F * numbers.unit();
        }
    }
    Update update() const { return Update::quantize(base, result, block); }
    ParameterChunk chunk(std::uint64_t index) const { return all_chunks(array_bytes(result))[index]; }
    bool same(const Update& update, std::uint64_t index) const {
        const ParameterChunk chunks[] = {chunk(index)};
        return check_quantization(base, update, chunks);
    }
};

TEST(Quantization, OfTheTrainersOwnParametersIsTheUpdateInEveryChunk) {
    for (const std::uint32_t block : {64U, 256U, 1024U}) {
        const Sample sample(block);
        const Update update = sample.update();
        const std::vector<ParameterChunk> all = all_chunks(array_bytes(sample.result));
        ASSERT_EQ(all.size(), 3U);
        EXPECT_TRUE(check_quantization(sample.base, update, all));
        EXPECT_TRUE(check_quantization(sample.base, update, {}));
    }
}

TEST(Quantization, SeesOneChangedLevelAndOneChangedScaleInTheirChunkOnly) {
    const Sample sample;
    const Bytes bytes = sample.update().encode();
    const std::size_t blocks = (k_count + 63) / 64;
    const bool holds = rc::check("one changed level or scale is seen", [&] {
        const auto element = *rc::gen::inRange<std::size_t>(0, k_count);
        Bytes forged = bytes;
        if (*rc::gen::arbitrary<bool>()) {
            std::uint8_t& codes = forged[1 + 4 * blocks + element / 2];
            const unsigned shift = element % 2 == 0 ? 0 : 4;
            const unsigned packed = codes;
            const unsigned code = (packed >> shift) & 15U;
            const unsigned forged_code = code == 15 ? 1 : code + 1;
            codes = static_cast<std::uint8_t>((packed & ~(15U << shift)) | (forged_code << shift));
        } else {
            forged[1 + 4 * (element / 64)] ^= static_cast<std::uint8_t>(1U << *rc::gen::inRange(0U, 8U));
        }
        const auto update = Update::decode(forged, k_count, 64);
        RC_ASSERT(update.has_value());
        for (std::uint64_t index = 0; index < 3; ++index)
            RC_ASSERT(sample.same(*update, index) == (element / k_chunk_elements != index));
    });
    EXPECT_TRUE(holds);
}

TEST(Quantization, SeesParametersThatAreNotThoseOfTheUpdate) {
    Sample sample;
    const Update update = sample.update();
    sample.result[k_chunk_elements + 5] += 0.25F;
    EXPECT_TRUE(sample.same(update, 0));
    EXPECT_FALSE(sample.same(update, 1));
    sample.result[3] = std::bit_cast<float>(0x7F800000U);
    EXPECT_FALSE(sample.same(update, 0));
}

TEST(Quantization, RefusesChunksThatDoNotExistOrHaveAnotherSize) {
    const Sample sample;
    const Update update = sample.update();
    for (const std::uint64_t index : {std::uint64_t{3}, ~std::uint64_t{0}}) {
        const ParameterChunk chunks[] = {{index, sample.chunk(0).bytes}};
        EXPECT_FALSE(check_quantization(sample.base, update, chunks));
    }
    for (const std::size_t size : {std::size_t{0}, std::size_t{4}, k_blob_chunk_bytes - 1}) {
        const ParameterChunk chunks[] = {{0, sample.chunk(0).bytes.first(size)}};
        EXPECT_FALSE(check_quantization(sample.base, update, chunks));
    }
    const ParameterChunk longer[] = {{2, sample.chunk(1).bytes}};
    EXPECT_FALSE(check_quantization(sample.base, update, longer));
    EXPECT_FALSE(sample.same(Update::null(k_count, 1), 0));
}

}  // namespace
}  // namespace dure::trainer
