#include "base/merkle.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "base/blob.h"
#include "tests/support/codec_laws.h"

namespace dure {
namespace {

std::vector<Hash> leaves_of(std::size_t count) {
    std::vector<Hash> leaves;
    for (std::size_t i = 0; i < count; ++i)
        leaves.push_back(merkle_leaf(encode(std::uint64_t{i})));
    return leaves;
}

Hash node(const Hash& left, const Hash& right) {
    return TaggedHash("dure/merkle/node")({left.bytes, right.bytes});
}
Hash root(std::uint64_t count, const Hash& top) {
    return TaggedHash("dure/merkle/root")({encode(count), top.bytes});
}

TEST(Merkle, IsTheTreeThatItsDocumentDraws) {
    const auto leaves = leaves_of(5);
    EXPECT_EQ(leaves[0], TaggedHash("dure/merkle/leaf")(encode(std::uint64_t{0})));
    EXPECT_EQ(merkle_root({}), root(0, Hash{}));
    EXPECT_EQ(merkle_root(leaves_of(1)), root(1, leaves[0]));
    EXPECT_EQ(merkle_root(leaves_of(3)), root(3, node(node(leaves[0], leaves[1]), leaves[2])));
    EXPECT_EQ(merkle_root(leaves),
              root(5, node(node(node(leaves[0], leaves[1]), node(leaves[2], leaves[3])), leaves[4])));
}

TEST(Merkle, EveryLeafOfEverySizeIsProven) {
    for (std::size_t count = 1; count <= 70; ++count) {
        const auto leaves = leaves_of(count);
        const Hash top = merkle_root(leaves);
        for (std::uint64_t i = 0; i < count; ++i) {
            const MerkleProof proof = merkle_prove(leaves, i);
            ASSERT_TRUE(merkle_verify(top, leaves[i], proof)) << i << " of " << count;
            for (std::uint64_t j = 0; j < count; ++j)
                ASSERT_EQ(merkle_verify(top, leaves[j], proof), i == j);
        }
    }
}

TEST(Merkle, RootsOfAllSizesDiffer) {
    std::vector<Hash> equal(70, merkle_leaf({}));
    std::vector<Hash> roots;
    for (std::size_t count = 0; count <= equal.size(); ++count)
        roots.push_back(merkle_root(std::span(equal).first(count)));
    std::sort(roots.begin(), roots.end());
    EXPECT_EQ(std::unique(roots.begin(), roots.end()), roots.end())
        << "repeating the last leaf must not give the same root";
}

TEST(Merkle, AnInnerNodeIsNoLeaf) {
    const auto leaves = leaves_of(4);
    const Hash left = node(leaves[0], leaves[1]);
    const Hash right = node(leaves[2], leaves[3]);
    const Hash top = merkle_root(leaves);
    EXPECT_FALSE(merkle_verify(top, left, {.index = 0, .count = 2, .siblings = {right}}));
    Bytes pair = to_bytes(leaves[0].bytes);
    pair.insert(pair.end(), leaves[1].bytes.begin(), leaves[1].bytes.end());
    EXPECT_NE(merkle_leaf(pair), left) << "no data hashes to an inner node";
    const std::vector<Hash> two{left, right};
    EXPECT_NE(merkle_root(two), top) << "the root binds the number of leaves";
}

RC_GTEST_PROP(Merkle, AlteredProofsFail, ()) {
    const auto leaves = leaves_of(*rc::gen::inRange<std::size_t>(1, 70));
    const Hash top = merkle_root(leaves);
    const auto index = *rc::gen::inRange<std::uint64_t>(0, leaves.size());
    const MerkleProof proof = merkle_prove(leaves, index);
    MerkleProof altered = proof;
    switch (*rc::gen::inRange(0, 6)) {
        case 0:
            altered.index =
                *rc::gen::oneOf(rc::gen::inRange<std::uint64_t>(0, 80), rc::gen::arbitrary<std::uint64_t>());
            break;
        case 1:
            altered.count =
                *rc::gen::oneOf(rc::gen::inRange<std::uint64_t>(0, 80), rc::gen::arbitrary<std::uint64_t>());
            break;
        case 2:
            altered.siblings.push_back(test::any_value<Hash>());
            break;
        case 3:
            if (!altered.siblings.empty()) altered.siblings.pop_back();
            break;
        case 4:
            if (altered.siblings.size() > 1) std::swap(altered.siblings.front(), altered.siblings.back());
            break;
        default:
            if (!altered.siblings.empty())
                altered.siblings[*rc::gen::inRange<std::size_t>(0, altered.siblings.size())].bytes[0] ^= 1;
    }
    RC_PRE(altered != proof);
    RC_ASSERT(!merkle_verify(top, leaves[index], altered));
}

RC_GTEST_PROP(Merkle, AnyProofMayBeGiven, ()) {
    RC_ASSERT(
        !merkle_verify(test::any_value<Hash>(), test::any_value<Hash>(), test::any_value<MerkleProof>()));
}

TEST(Merkle, ProofsFollowTheCodecsLaws) {
    test::check_codec_laws<MerkleProof>();
}

TEST(Blob, EveryChunkIsCheckedOnItsOwn) {
    Bytes blob(3 * k_blob_chunk_bytes + 17);
    for (std::size_t i = 0; i < blob.size(); ++i)
        blob[i] = static_cast<std::uint8_t>(i * 7 + i / 251);
    const Hash name = blob_hash(blob);
    const auto leaves = blob_leaves(blob);
    ASSERT_EQ(leaves.size(), 4U);
    ASSERT_EQ(leaves.size(), blob_chunks(blob.size()));
    for (std::size_t i = 0; i < leaves.size(); ++i) {
        const MerkleProof proof = merkle_prove(leaves, i);
        const ByteView rest = ByteView(blob).subspan(i * k_blob_chunk_bytes);
        const ByteView chunk = rest.first(std::min(rest.size(), k_blob_chunk_bytes));
        EXPECT_TRUE(blob_chunk_verify(name, chunk, proof));
        EXPECT_FALSE(blob_chunk_verify(name, chunk.first(chunk.size() - 1), proof));
        EXPECT_FALSE(blob_chunk_verify(name, {}, proof));
        Bytes altered = to_bytes(chunk);
        altered.back() ^= 1;
        EXPECT_FALSE(blob_chunk_verify(name, altered, proof));
        EXPECT_FALSE(blob_chunk_verify(name, chunk, merkle_prove(leaves, (i + 1) % 4)));
    }
}

/// A tree whose inner chunk is short would let one blob have two cuttings.
TEST(Blob, OnlyTheLastChunkMayBeShort) {
    const Bytes shorter(k_blob_chunk_bytes - 1);
    const Bytes full(k_blob_chunk_bytes);
    const std::vector<Hash> leaves{merkle_leaf(shorter), merkle_leaf(full)};
    const Hash name = merkle_root(leaves);
    EXPECT_FALSE(blob_chunk_verify(name, shorter, merkle_prove(leaves, 0)));
    EXPECT_TRUE(blob_chunk_verify(name, full, merkle_prove(leaves, 1)));
}

TEST(Blob, SizesAreBounded) {
    EXPECT_FALSE(check_blob_size(0).has_value());
    EXPECT_TRUE(check_blob_size(1).has_value());
    EXPECT_TRUE(check_blob_size(k_max_blob_bytes).has_value());
    EXPECT_EQ(check_blob_size(k_max_blob_bytes + 1).error().code, ErrorCode::out_of_range);
    EXPECT_FALSE(check_blob_size(~std::uint64_t{0}).has_value());
}

}  // namespace
}  // namespace dure
