#include "base/protocol/block.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "tests/support/codec_laws.h"

namespace dure::protocol {
namespace {

TEST(Block, FollowsTheCodecsLaws) {
    test::check_codec_laws<Header>();
    test::check_codec_laws<Block>();
}

RC_GTEST_PROP(Block, ItsNameBindsEveryFieldOfTheHeader, ()) {
    const auto header = test::any_value<Header>();
    Bytes altered = encode(header);
    altered[*rc::gen::inRange<std::size_t>(0, altered.size())] ^= *rc::gen::inRange<std::uint8_t>(1, 255);
    RC_ASSERT(block_hash(decode<Header>(altered).value()) != block_hash(header));
}

RC_GTEST_PROP(Block, TheTransactionsRootBindsTheirOrderAndSignatures, ()) {
    std::vector<Transaction> transactions{test::any_value<Transaction>(), test::any_value<Transaction>(),
                                          test::any_value<Transaction>()};
    RC_PRE(transactions[0] != transactions[1]);
    const Hash root = transactions_root(transactions);
    auto swapped = transactions;
    std::swap(swapped[0], swapped[1]);
    RC_ASSERT(transactions_root(swapped) != root);
    auto resigned = transactions;
    resigned[2].signature.bytes[63] ^= 1;
    RC_ASSERT(transactions_root(resigned) != root);
    transactions.pop_back();
    RC_ASSERT(transactions_root(transactions) != root);
}

}  // namespace
}  // namespace dure::protocol
