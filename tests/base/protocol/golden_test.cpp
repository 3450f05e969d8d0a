// The bytes and digests of docs/protocol/codec.md. The digests were computed by an independent program from
// that page alone: a change here is a change of the protocol.
#include <gtest/gtest.h>

#include "base/blob.h"
#include "base/merkle.h"
#include "base/protocol/block.h"
#include "base/protocol/transaction.h"
#include "base/protocol/validators.h"
#include "base/protocol/vote.h"

namespace dure::protocol {
namespace {

/// `count` times the byte `hex`.
std::string times(std::size_t count, std::string_view hex) {
    std::string text;
    while (count-- > 0)
        text += hex;
    return text;
}

Hash hash_of(std::uint8_t byte) {
    Hash hash;
    hash.bytes.fill(byte);
    return hash;
}

Account account_filled_with(std::uint8_t byte) {
    return {hash_of(byte).bytes};
}

Signature signature_of(std::uint8_t byte) {
    Signature signature;
    signature.bytes.fill(byte);
    return signature;
}

template <class T>
void expect_golden(const T& value, const std::string& hex) {
    EXPECT_EQ(to_hex(encode(value)), hex);
    const auto decoded = decode<T>(from_hex(hex).value());
    ASSERT_TRUE(decoded.has_value());
    EXPECT_EQ(*decoded, value);
}

Transaction plain_transaction() {
    return {.body = {.chain_id = hash_of(0xc1),
                     .sender = account_filled_with(0xa1),
                     .nonce = 7,
                     .fee = {1000},
                     .expires = {99},
                     .fee_payer = {},
                     .payload = {1, 2, 3}},
            .signature = signature_of(0x51),
            .fee_payer_signature = {}};
}

Transaction sponsored_transaction() {
    Transaction transaction = plain_transaction();
    transaction.body.fee_payer = account_filled_with(0xa2);
    transaction.fee_payer_signature = signature_of(0x52);
    return transaction;
}

Header header() {
    return {.version = 1,
            .chain_id = hash_of(0xc1),
            .epoch = {2},
            .height = {9},
            .parent = hash_of(0xb0),
            .proposer = account_filled_with(0xa3),
            .state_root = hash_of(0xd1),
            .transactions_root = hash_of(0xd2),
            .beacon_reveal = hash_of(0xd3),
            .next_validators = {}};
}

const std::string k_number_2 = "0200000000000000";
const std::string k_number_3 = "0300000000000000";
const std::string k_number_4 = "0400000000000000";
const std::string k_number_5 = "0500000000000000";

const std::string k_body_start =
    times(32, "c1") + times(32, "a1") + "0700000000000000" + "e803000000000000" + "6300000000000000";
const std::string k_payload =
    "03000000"
    "010203";
const std::string k_plain = k_body_start + "00" + k_payload + times(64, "51") + "00";
const std::string k_sponsored =
    k_body_start + "01" + times(32, "a2") + k_payload + times(64, "51") + "01" + times(64, "52");
const std::string k_header = "01000000" + times(32, "c1") + k_number_2 + "0900000000000000" +
                             times(32, "b0") + times(32, "a3") + times(32, "d1") + times(32, "d2") +
                             times(32, "d3") + times(32, "00");
const std::string k_notarize = "00" + k_number_3 + times(32, "b1");
const std::string k_finalize = "01" + k_number_3 + times(32, "b1");
const std::string k_skip = "02" + k_number_4;
const std::string k_certificate = k_number_2 + k_notarize +
                                  "01000000"
                                  "03"
                                  "02000000" +
                                  times(64, "51") + times(64, "52");

Certificate certificate() {
    return {.epoch = {2},
            .vote = Notarize{{3}, hash_of(0xb1)},
            .signers = {3},
            .signatures = {signature_of(0x51), signature_of(0x52)}};
}

TEST(Golden, Transactions) {
    expect_golden(plain_transaction(), k_plain);
    expect_golden(sponsored_transaction(), k_sponsored);
    EXPECT_EQ(transaction_id(plain_transaction()).hex(),
              "2e1fdb2a460a81d18c7081a79785969691c79f50954d733ed1a1934d6541eba7");
    EXPECT_EQ(transaction_id(sponsored_transaction()).hex(),
              "a25102f64bedd783c9e053e0f6053bc8de537bec65a259c86f1bd71682af70c5");
    EXPECT_EQ(witness_id(plain_transaction()).hex(),
              "1222ed0865f5f2db43953748958bae16c8620532389e77f8c5028ad87ecfe651");
    EXPECT_EQ(witness_id(sponsored_transaction()).hex(),
              "33e2ae1f0fbe051133fbc7d3ba787851b6bbfe9fce612cae73640d47a70da555");
}

TEST(Golden, Blocks) {
    expect_golden(header(), k_header);
    expect_golden(Block{.header = header(), .transactions = {plain_transaction(), sponsored_transaction()}},
                  k_header + "02000000" + k_plain + k_sponsored);
    EXPECT_EQ(block_hash(header()).hex(), "5a3ae2af9b047b7f90bc0353b45a5164917d9235b38eaf9606a2e78c7826f4f0");
    const std::vector<Transaction> transactions{plain_transaction(), sponsored_transaction()};
    EXPECT_EQ(transactions_root(transactions).hex(),
              "981aec7391a7c5b617977ec6ccb2059be174c9c96baf74edeb0c02959a62ba8b");
    EXPECT_EQ(transactions_root({}).hex(),
              "c5e383b4d2cf0476b17c51414a917609a6fb3e444bdb40144b438a95d2f15dbe");
}

TEST(Golden, Validators) {
    const ValidatorSet set{.validators = {{account_filled_with(0x0a), 5}, {account_filled_with(0x0b), 6}}};
    expect_golden(set, "02000000" + times(32, "0a") + k_number_5 + times(32, "0b") + "0600000000000000");
    EXPECT_EQ(set.hash().hex(), "f3c3a6de5ef3d32148d8ffb0a7a418bb6b39162921a4e9bc9a284546ea38d140");
}

TEST(Golden, Votes) {
    const Vote notarize = Notarize{{3}, hash_of(0xb1)};
    const Vote finalize = Finalize{{3}, hash_of(0xb1)};
    const Vote skip = Skip{{4}};
    expect_golden(notarize, k_notarize);
    expect_golden(finalize, k_finalize);
    expect_golden(skip, k_skip);
    expect_golden(
        SignedVote{
            .epoch = {2}, .vote = skip, .voter = account_filled_with(0xa3), .signature = signature_of(0x51)},
        k_number_2 + k_skip + times(32, "a3") + times(64, "51"));
    expect_golden(certificate(), k_certificate);
    EXPECT_EQ(vote_digest(hash_of(0xc1), {2}, notarize).hex(),
              "701e3eac4e9daa030600a50cd168819ca993bd2ff36240d6905cdf8638aa388d");
    EXPECT_EQ(vote_digest(hash_of(0xc1), {2}, finalize).hex(),
              "ac0be6fae8c8ac8f7b4c8759a06c107928d2f7f2f17cda046d85b0a4d382fd74");
    EXPECT_EQ(vote_digest(hash_of(0xc1), {2}, skip).hex(),
              "e50859dcb8f1f5f4b004348f28cd21d724ac53eb4e9013680d76ba2fb3026a82");
}

TEST(Golden, Proposals) {
    const Proposal proposal{.epoch = {2},
                            .slot = {5},
                            .parent = {{3}, hash_of(0xb1)},
                            .parent_notarization = certificate(),
                            .skips = {certificate()},
                            .block = {.header = header(), .transactions = {}},
                            .signature = signature_of(0x53)};
    expect_golden(proposal, k_number_2 + k_number_5 + k_number_3 + times(32, "b1") + "01" + k_certificate +
                                "01000000" + k_certificate + k_header + "00000000" + times(64, "53"));
    EXPECT_EQ(proposal_digest(hash_of(0xc1), {2}, {5}, {{3}, hash_of(0xb1)}, hash_of(0xb2)).hex(),
              "2ff6ccf155ce16ef1c502a874dd6e2eac6a1dd13716fc38aadfb635ad79af21e");
}

TEST(Golden, Evidence) {
    const SignedVote vote{
        .epoch = {2}, .vote = Skip{{4}}, .voter = account_filled_with(0xa3), .signature = signature_of(0x51)};
    const std::string vote_hex = k_number_2 + k_skip + times(32, "a3") + times(64, "51");
    expect_golden(Evidence(VoteEvidence{vote, vote}), "00" + vote_hex + vote_hex);
    const ProposalClaim claim{
        .slot = {5}, .parent = {{3}, hash_of(0xb1)}, .block = hash_of(0xb2), .signature = signature_of(0x53)};
    const std::string claim_hex =
        k_number_5 + k_number_3 + times(32, "b1") + times(32, "b2") + times(64, "53");
    expect_golden(Evidence(ProposalEvidence{
                      .epoch = {2}, .leader = account_filled_with(0xa3), .first = claim, .second = claim}),
                  "01" + k_number_2 + times(32, "a3") + claim_hex + claim_hex);
}

TEST(Golden, MerkleTreesAndBlobs) {
    expect_golden(MerkleProof{.index = 2, .count = 3, .siblings = {hash_of(0x77)}},
                  k_number_2 + k_number_3 + "01000000" + times(32, "77"));
    EXPECT_EQ(merkle_root({}).hex(), "c5e383b4d2cf0476b17c51414a917609a6fb3e444bdb40144b438a95d2f15dbe");
    const Hash leaf = merkle_leaf(as_bytes("abc"));
    EXPECT_EQ(leaf.hex(), "1fc41662fd101eb13229c9085c5a28bc32aee9b89c41405fd74c12e2d7105de8");
    EXPECT_EQ(merkle_root(std::span(&leaf, 1)).hex(),
              "111d2f37248df6aa73edc6f0d6022c7cab269075a1c05c4b3e6b2f1990dd5b5c");
    EXPECT_EQ(blob_hash(Bytes(65537)).hex(),
              "4b3cd7e10dc42aabf1771b7bd8e3155bb014e5f539d1817d2ca687434fd92da3");
}

}  // namespace
}  // namespace dure::protocol
