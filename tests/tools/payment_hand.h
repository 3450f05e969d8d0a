// A customer that speaks the payment scheme by hand: credentials, vouchers and calls over HTTP, without what the wallet's
// own code does with them.
#pragma once

#include <gtest/gtest.h>

#include <thread>

#include "ledger/records/channel.h"
#include "ledger/transactions/payload.h"
#include "tests/tools/seller.h"
#include "tools/dure/api.h"
#include "tools/dure/output.h"
#include "tools/dure/paying.h"
#include "tools/dure/paying/wire.h"

namespace dure::tools {

namespace json = boost::json;

inline constexpr Coin k_hand_fee{10'000};
inline constexpr const char* k_completions = "/v1/completions";
inline constexpr const char* k_vouchers = "/v1/payments/vouchers";

inline const json::object k_session_request{
    {"prompt", "농부가 논에서"}, {"max_tokens", 40}, {"seed", 5}, {"temperature", 1.0}};

/// A customer that speaks the scheme by hand.
class Hand {
  public:
    Hand(Seller& seller, std::size_t number) : api_(*Api::open(seller.url())), key_(customer_key(number)) {
        while (true) {  // the server may not have loaded its checkpoint yet
            const auto offer = call(k_completions, {{"prompt", "논"}});
            if (offer.status == 402) break;
            std::this_thread::sleep_for(std::chrono::milliseconds(20));
        }
        chain_ = terms_of(call(k_completions, {{"prompt", "논"}})).chain_id;
    }

    HttpResponse call(const char* path, const json::object& body, const std::string& credential = {},
                      const HttpClient::OnPart& on_part = {}) {
        return send(path, json::serialize(body), credential, on_part);
    }
    HttpResponse send(const char* path, const std::string& body, const std::string& credential = {},
                      const HttpClient::OnPart& on_part = {}) {
        HttpClient::Headers headers{{"content-type", "application/json"}};
        if (!credential.empty()) headers.emplace_back("authorization", credential);
        auto response = api_.exchange(boost::beast::http::verb::post, path, body, headers, on_part);
        EXPECT_TRUE(response) << response.error().message;
        return response ? std::move(*response) : HttpResponse{};
    }

    static node::PaymentChallenge challenge_of(const HttpResponse& offer, const char* intent = "session") {
        std::vector<std::string> values;
        for (const auto& [name, value] : offer.headers) {
            if (name == "www-authenticate") values.push_back(value);
        }
        const auto challenge = node::find_challenge(values, intent);
        EXPECT_TRUE(challenge) << offer.body;
        return challenge ? *challenge : node::PaymentChallenge{};
    }
    static node::SessionTerms terms_of(const HttpResponse& offer) {
        const auto terms = node::session_terms(challenge_of(offer));
        EXPECT_TRUE(terms);
        return *terms;
    }

    Bytes sign(const ledger::Payload& payload) {
        const auto account = api_.get("/v1/accounts/" + key_.account().address());
        const auto status = api_.get("/v1/status");
        const auto body =
            ledger::make_body(chain_, key_.account(), number_at(*account, "next_nonce"), k_hand_fee,
                              protocol::Height{number_at(*status, "height") + 500}, payload);
        const protocol::Transaction signed_one = protocol::sign_transaction(body, key_);
        opened_ = ledger::channel_id(protocol::transaction_id(signed_one));
        return encode(signed_one);
    }
    node::VoucherPayload voucher(std::uint64_t cumulative) {
        return make_voucher(key_, chain_, channel, Coin{cumulative});
    }
    /// The payload that opens a channel with a first voucher.
    node::OpenPayload opening(const Account& server, Coin deposit, std::uint64_t cumulative) {
        node::OpenPayload open{sign(ledger::OpenChannel{server, deposit}), Coin{cumulative}, {}};
        channel = opened_;
        open.signature = voucher(cumulative).signature;
        return open;
    }
    std::string any_call(const node::PaymentPayload& payload) {
        const auto challenge = voucher_challenge(api_);
        EXPECT_TRUE(challenge);
        return node::encode_credential({*challenge, key_.account(), payload});
    }
    std::uint64_t channel_number(const char* field) {
        const auto record = api_.get("/v1/channels/" + channel.hex());
        return record ? number_at(*record, field) : 0;
    }
    Api& api() { return api_; }
    const SecretKey& key() const { return key_; }

    Hash channel;

  private:
    Api api_;
    SecretKey key_;
    Hash chain_;
    Hash opened_;
};

inline json::value body_of(const HttpResponse& response) {
    boost::system::error_code bad;
    json::value value = json::parse(response.body, bad);
    EXPECT_FALSE(bad) << response.body;
    return value;
}

inline std::string problem_in(const HttpResponse& response) {
    const json::value body = body_of(response);
    EXPECT_NE(find_at(body, "error"), nullptr) << response.body;
    return text_at(body, "type");
}

}  // namespace dure::tools
