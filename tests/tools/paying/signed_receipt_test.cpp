#include "tools/dure/paying/signed_receipt.h"

#include <gtest/gtest.h>

#include <functional>

#include "base/codec.h"
#include "ledger/records/inference_receipt.h"
#include "node/api/base64url.h"

namespace dure::tools {
namespace {

TEST(SignedReceipt, MustBeAboutThisCall) {
    const SecretKey server = SecretKey::from_seed("server");
    const Account payer = SecretKey::from_seed("payer").account();
    const Hash chain = sha256(as_bytes("chain"));
    node::PaymentReceipt paid;
    paid.reference = sha256(as_bytes("channel"));
    paid.cost = Coin{120};
    paid.input_tokens = 3;
    paid.output_tokens = 9;
    EXPECT_TRUE(check_signed_receipt(paid, chain, server.account(), payer)) << "a server may sign nothing";
    const auto checked = [&](const std::function<void(ledger::InferenceStatement&)>& change,
                             const SecretKey& signer) {
        ledger::InferenceReceipt receipt;
        ledger::InferenceStatement& said = receipt.statement;
        said.chain_id = chain;
        said.server = server.account();
        said.payer = payer;
        said.payment = paid.reference;
        said.cost = paid.cost;
        said.input_tokens = paid.input_tokens;
        said.output_tokens = paid.output_tokens;
        change(said);
        receipt.signature = signer.sign(receipt.id());
        paid.inference_receipt = node::base64url_encode(as_text(encode(receipt)));
        return check_signed_receipt(paid, chain, server.account(), payer);
    };
    const Status good = checked([](auto&) {}, server);
    EXPECT_TRUE(good) << good.error().message;
    EXPECT_TRUE(checked([](auto&) {}, SecretKey::from_seed("other")).has_error());
    EXPECT_TRUE(checked([&](auto& said) { said.server = payer; }, server).has_error());
    EXPECT_TRUE(checked([](auto& said) { said.chain_id = Hash{}; }, server).has_error());
    EXPECT_TRUE(checked([](auto& said) { said.payer = said.server; }, server).has_error());
    EXPECT_TRUE(checked([](auto& said) { said.payment = Hash{}; }, server).has_error());
    EXPECT_TRUE(checked([](auto& said) { said.cost += Coin{1}; }, server).has_error());
    EXPECT_TRUE(checked([](auto& said) { ++said.input_tokens; }, server).has_error());
    EXPECT_TRUE(checked([](auto& said) { --said.output_tokens; }, server).has_error());
    paid.inference_receipt = "AAAA";
    EXPECT_TRUE(check_signed_receipt(paid, chain, server.account(), payer).has_error());
}

}  // namespace
}  // namespace dure::tools
