#include "base/protocol/transaction.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "tests/support/codec_laws.h"

namespace dure::protocol {
namespace {

const SecretKey k_sender = SecretKey::from_seed("sender");
const SecretKey k_sponsor = SecretKey::from_seed("sponsor");

TransactionBody body() {
    return {.chain_id = sha256(as_bytes("chain")),
            .sender = k_sender.account(),
            .nonce = 3,
            .fee = {100},
            .expires = {50},
            .fee_payer = {},
            .payload = {1, 2}};
}

TEST(Transaction, IsSignedByItsSender) {
    const Transaction transaction = sign_transaction(body(), k_sender);
    EXPECT_TRUE(check_signatures(transaction).has_value());
    EXPECT_FALSE(transaction.body.fee_payer.has_value());
    Transaction foreign = sign_transaction(body(), k_sponsor);
    EXPECT_EQ(check_signatures(foreign).error().code, ErrorCode::invalid_signature);
    EXPECT_NE(check_signatures(foreign).error().message.find(k_sender.account().address()),
              std::string::npos);
}

TEST(Transaction, ASponsorSignsToo) {
    const Transaction transaction = sign_transaction(body(), k_sender, &k_sponsor);
    EXPECT_EQ(transaction.body.fee_payer, k_sponsor.account());
    EXPECT_TRUE(check_signatures(transaction).has_value());

    Transaction swapped = transaction;
    std::swap(swapped.signature, *swapped.fee_payer_signature);
    EXPECT_EQ(check_signatures(swapped).error().code, ErrorCode::invalid_signature);

    Transaction unsponsored = transaction;
    unsponsored.fee_payer_signature.reset();
    EXPECT_EQ(check_signatures(unsponsored).error().code, ErrorCode::malformed);

    Transaction surplus = sign_transaction(body(), k_sender);
    surplus.fee_payer_signature = surplus.signature;
    EXPECT_EQ(check_signatures(surplus).error().code, ErrorCode::malformed)
        << "a signature nobody asked for would make a second witness";

    Transaction forged = transaction;
    forged.fee_payer_signature = forged.signature;
    EXPECT_EQ(check_signatures(forged).error().code, ErrorCode::invalid_signature);
}

TEST(Transaction, ASponsorCannotBeAddedOrExchangedLater) {
    Transaction transaction = sign_transaction(body(), k_sender);
    transaction.body.fee_payer = k_sponsor.account();
    transaction.fee_payer_signature = k_sponsor.sign(transaction_id(transaction));
    EXPECT_EQ(check_signatures(transaction).error().code, ErrorCode::invalid_signature);
}

TEST(Transaction, ItsIdCoversNoSignature) {
    const Transaction first = sign_transaction(body(), k_sender);
    Transaction second = first;
    second.signature = k_sender.sign(transaction_id(first), {1});
    EXPECT_TRUE(check_signatures(second).has_value()) << "another valid signature of the same sender";
    EXPECT_EQ(transaction_id(first), transaction_id(second));
    EXPECT_NE(witness_id(first), witness_id(second)) << "what was checked is remembered with its signature";
}

RC_GTEST_PROP(Transaction, TheSignatureBindsEveryField, ()) {
    Transaction transaction = sign_transaction(body(), k_sender, &k_sponsor);
    const Bytes encoded = encode(transaction.body);
    Bytes altered = encoded;
    altered[*rc::gen::inRange<std::size_t>(0, altered.size())] ^= *rc::gen::inRange<std::uint8_t>(1, 255);
    const auto body = decode<TransactionBody>(altered);
    RC_PRE(body.has_value());
    transaction.body = *body;
    RC_ASSERT(!check_signatures(transaction).has_value());
}

TEST(Transaction, FollowsTheCodecsLaws) {
    test::check_codec_laws<TransactionBody>();
    test::check_codec_laws<Transaction>();
}

TEST(Transaction, AnOversizePayloadIsRefused) {
    Bytes bytes = encode(body());
    bytes.resize(bytes.size() - 6);
    Writer writer;
    writer.raw(bytes);
    write(writer, static_cast<std::uint32_t>(k_max_payload_bytes + 1));
    writer.raw(Bytes(k_max_payload_bytes + 1));
    EXPECT_EQ(decode<TransactionBody>(writer.bytes()).error().code, ErrorCode::malformed);
}

}  // namespace
}  // namespace dure::protocol
