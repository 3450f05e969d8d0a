// How a call is paid over HTTP: the wire form of challenge, credential and receipt of method "dure", intent
// "session" (docs/protocol/payment.md). Shared by the server and by clients.
//
// Promises: total, bounded decoders; every value has one encoding. Not here: whether a voucher is any good
// (channel_book.h).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/hash.h"
#include "base/keys.h"
#include "base/money.h"
#include "base/result.h"

namespace dure::node {

/// Credentials and challenges are short; anything longer is refused before it is decoded.
inline constexpr std::size_t k_max_payment_characters = 4'096;

/// What the server asks for, in `WWW-Authenticate: Payment … request="…"`.
struct PaymentChallenge {
    Hash chain_id;
    Account server;  ///< to open a channel to
    Coin price_per_input_token;
    Coin price_per_output_token;
    Coin minimum_cover;  ///< by how much the next voucher must exceed what is spent, for this call

    friend bool operator==(const PaymentChallenge&, const PaymentChallenge&) = default;
};

/// A voucher: "the server may have so much out of this channel, in all". The signature is the payer's over
/// ledger::voucher_digest.
struct PaymentCredential {
    Hash channel;
    Coin cumulative;
    Signature signature;

    friend bool operator==(const PaymentCredential&, const PaymentCredential&) = default;
};

/// What the server says about a paid call, in `Payment-Receipt`.
struct PaymentReceipt {
    Hash channel;
    Coin cost;        ///< of this call
    Coin spent;       ///< on this channel, with this call
    Coin cumulative;  ///< the best voucher held
    std::uint64_t input_tokens = 0;
    std::uint64_t output_tokens = 0;

    friend bool operator==(const PaymentReceipt&, const PaymentReceipt&) = default;
};

/// RFC 4648 §5 without padding.
std::string base64url_encode(std::string_view bytes);
/// Errors: `malformed`: a character outside the alphabet, padding, an impossible length, bits that are not
/// zero at the end.
Result<std::string> base64url_decode(std::string_view text);

/// The value of WWW-Authenticate. `realm` is printable ASCII without quotes.
std::string encode_challenge(const PaymentChallenge& challenge, std::string_view realm);
/// Reads a WWW-Authenticate value. Errors: `malformed`; `invalid` for another method or intent.
Result<PaymentChallenge> decode_challenge(std::string_view header);

/// The value of Authorization.
std::string encode_credential(const PaymentCredential& credential);
/// Errors: `malformed`, saying what is missing or wrong.
Result<PaymentCredential> decode_credential(std::string_view header);

/// The value of Payment-Receipt.
std::string encode_receipt(const PaymentReceipt& receipt);
Result<PaymentReceipt> decode_receipt(std::string_view header);

}  // namespace dure::node
