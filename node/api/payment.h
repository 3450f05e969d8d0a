// How a call is paid over HTTP: the wire form of challenge, credential and receipt of the "Payment" HTTP
// authentication scheme (draft-httpauth-payment-01), with the terms and payloads of method "dure", intents "session"
// and "charge" (docs/protocol/payment.md). Shared by the server and by clients.
//
// Promises: total, bounded decoders; fields that are not known are ignored, as the scheme wants it; what is encoded is
// decoded to the same value. Not here: whether a challenge is one's own (challenge_mint.h), whether a voucher is any
// good (channel_book.h).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/bytes.h"
#include "base/hash.h"
#include "base/keys.h"
#include "base/money.h"
#include "base/result.h"
#include "node/api/base64url.h"

namespace dure::node {

/// Anything longer is refused before it is decoded.
inline constexpr std::size_t k_max_payment_characters = 8'192;
/// Of a signed transaction in a credential.
inline constexpr std::size_t k_max_payment_transaction_bytes = 1'024;

inline constexpr const char* k_payment_method = "dure";
inline constexpr const char* k_intent_session = "session";
inline constexpr const char* k_intent_charge = "charge";

/// What the server asks for, in `WWW-Authenticate: Payment …`. Texts as they are on the wire.
struct PaymentChallenge {
    std::string id;       ///< the server's HMAC over the rest
    std::string realm;    ///< whom it is for
    std::string method;   ///< "dure"
    std::string intent;   ///< "session" or "charge"
    std::string request;  ///< base64url of canonical JSON: the terms
    std::string expires;  ///< RFC 3339; may be empty
    std::string digest;   ///< of the request's body (RFC 9530) that it is for; empty: for any

    friend bool operator==(const PaymentChallenge&, const PaymentChallenge&) = default;
};

/// The terms of intent "session": a channel's vouchers pay for tokens.
struct SessionTerms {
    Hash chain_id;
    Account server;  ///< to open a channel to
    Coin price_per_input_token;
    Coin price_per_output_token;
    Coin minimum_cover;  ///< by so much must the voucher exceed what is spent for this call to begin
    Coin maximum_cost;   ///< with so much it comes to its end without another voucher
    Coin suggested_deposit;

    friend bool operator==(const SessionTerms&, const SessionTerms&) = default;
};

/// The terms of intent "charge": one transaction pays one call.
struct ChargeTerms {
    Hash chain_id;
    Account server;  ///< whom the transaction pays
    Coin amount;     ///< exactly so much

    friend bool operator==(const ChargeTerms&, const ChargeTerms&) = default;
};

/// The value of the challenge's `request`.
std::string encode_terms(const SessionTerms& terms);
std::string encode_terms(const ChargeTerms& terms);
/// Errors: `malformed`; `invalid` for a challenge of another method, intent or currency.
Result<SessionTerms> session_terms(const PaymentChallenge& challenge);
Result<ChargeTerms> charge_terms(const PaymentChallenge& challenge);

/// What a pay_call transaction names as the call it pays: it binds the payment to this challenge.
Hash charged_call(const PaymentChallenge& challenge);

/// `sha-256=:…:` of a request's body (RFC 9530).
std::string body_digest(std::string_view body);

/// A date and time in UTC, in whole seconds: "2026-11-22T12:00:00Z" (RFC 3339).
std::string rfc3339(std::int64_t unix_seconds);
/// Reads that form, a fraction of a second and an offset too. Errors: `malformed`.
Result<std::int64_t> parse_rfc3339(std::string_view text);

/// The value of WWW-Authenticate.
std::string encode_challenge(const PaymentChallenge& challenge);
/// Reads the first challenge of this scheme in a WWW-Authenticate value. Errors: `malformed`.
Result<PaymentChallenge> decode_challenge(std::string_view header);
/// All of them, also where several stand in one value. Errors: those of one.
Result<std::vector<PaymentChallenge>> decode_challenges(std::string_view header);
/// The first challenge of method "dure" and this intent among the values of several headers. Errors: `malformed`;
/// `not_found`, naming what is offered instead.
Result<PaymentChallenge> find_challenge(const std::vector<std::string>& headers, std::string_view intent);

/// Opens a channel by this signed transaction and pays by the first voucher on it.
struct OpenPayload {
    Bytes transaction;
    Coin cumulative;
    Signature signature;
    friend bool operator==(const OpenPayload&, const OpenPayload&) = default;
};
/// "The server may have so much out of this channel, in all": the payer's over ledger::voucher_digest.
struct VoucherPayload {
    Hash channel;
    Coin cumulative;
    Signature signature;
    friend bool operator==(const VoucherPayload&, const VoucherPayload&) = default;
};
/// Adds to the channel's deposit by this signed transaction; pays nothing by itself.
struct TopUpPayload {
    Hash channel;
    Bytes transaction;
    friend bool operator==(const TopUpPayload&, const TopUpPayload&) = default;
};
/// The server is to settle what it earned and close the channel, so that the rest is free at once.
struct ClosePayload {
    Hash channel;
    Coin cumulative;
    Signature signature;
    friend bool operator==(const ClosePayload&, const ClosePayload&) = default;
};
/// Pays one call by this signed pay_call transaction.
struct ChargePayload {
    Bytes transaction;
    friend bool operator==(const ChargePayload&, const ChargePayload&) = default;
};
using PaymentPayload = std::variant<OpenPayload, VoucherPayload, TopUpPayload, ClosePayload, ChargePayload>;

/// What the client shows, in `Authorization: Payment …`.
struct PaymentCredential {
    PaymentChallenge challenge;     ///< echoed as it came
    std::optional<Account> source;  ///< who pays; what is signed says it anyway
    PaymentPayload payload;

    friend bool operator==(const PaymentCredential&, const PaymentCredential&) = default;
};

/// Whether an Authorization value is of this scheme at all.
bool is_payment(std::string_view header);
/// The value of Authorization.
std::string encode_credential(const PaymentCredential& credential);
/// Errors: `malformed`, saying what is missing or wrong; `invalid` for a payload that does not fit its intent.
Result<PaymentCredential> decode_credential(std::string_view header);

/// What the server says about what was paid, in `Payment-Receipt`.
struct PaymentReceipt {
    std::string intent;     ///< "session" or "charge"
    std::string challenge;  ///< the id of the credential's
    std::string timestamp;  ///< RFC 3339
    Hash reference;         ///< the channel, or the transaction of a charge
    Coin cost;              ///< of this call
    Coin spent;             ///< on this channel, with this call
    Coin cumulative;        ///< the best voucher held
    std::uint64_t input_tokens = 0;
    std::uint64_t output_tokens = 0;
    std::optional<Hash> transaction;  ///< that this request brought onto the chain
    std::string inference_receipt;    ///< base64url of the signed inference receipt; may be empty

    friend bool operator==(const PaymentReceipt&, const PaymentReceipt&) = default;
};

/// The value of Payment-Receipt.
std::string encode_receipt(const PaymentReceipt& receipt);
/// Errors: `malformed`, `invalid` for another method's.
Result<PaymentReceipt> decode_receipt(std::string_view header);

}  // namespace dure::node
