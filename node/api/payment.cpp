#include "node/api/payment.h"

#include <array>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "node/api/http.h"
#include "node/api/json_fields.h"

namespace dure::node {

namespace json = boost::json;

namespace {

constexpr std::string_view k_alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
constexpr std::string_view k_scheme = "Payment ";

Result<json::object> decode_object(std::string_view text) {
    if (text.size() > k_max_payment_characters)
        return Error{ErrorCode::malformed,
                     "a payment header of " + std::to_string(text.size()) + " characters is too long"};
    DURE_TRY(const std::string raw, base64url_decode(text));
    return parse_json_object(raw);
}

/// The value of `name="value"` in an auth-param list; quoted values hold no quotes or backslashes here.
Result<std::string> parameter(std::string_view list, std::string_view name) {
    const std::string key = std::string(name) + "=\"";
    for (std::size_t at = list.find(key); at != std::string_view::npos; at = list.find(key, at + 1)) {
        const bool whole = at == 0 || list[at - 1] == ' ' || list[at - 1] == ',';
        if (!whole) continue;
        const std::size_t begin = at + key.size();
        const std::size_t end = list.find('"', begin);
        if (end == std::string_view::npos) break;
        return std::string(list.substr(begin, end - begin));
    }
    return Error{ErrorCode::malformed, "the payment challenge has no '" + std::string(name) + "'"};
}

}  // namespace

std::string base64url_encode(std::string_view bytes) {
    std::string text;
    text.reserve((bytes.size() * 4 + 2) / 3);
    std::uint32_t bits = 0;
    unsigned count = 0;
    for (const char c : bytes) {
        bits = bits << 8 | static_cast<std::uint8_t>(c);
        count += 8;
        while (count >= 6) {
            count -= 6;
            text.push_back(k_alphabet[bits >> count & 63U]);
        }
    }
    if (count > 0) text.push_back(k_alphabet[bits << (6 - count) & 63U]);
    return text;
}

Result<std::string> base64url_decode(std::string_view text) {
    if (text.size() % 4 == 1)
        return Error{ErrorCode::malformed,
                     "base64url text cannot have " + std::to_string(text.size()) + " characters"};
    std::string bytes;
    bytes.reserve(text.size() * 3 / 4);
    std::uint32_t bits = 0;
    unsigned count = 0;
    for (const char c : text) {
        const std::size_t value = k_alphabet.find(c);
        if (value == std::string_view::npos)
            return Error{ErrorCode::malformed,
                         "the text is not base64url without padding (RFC 4648 section 5)"};
        bits = bits << 6 | static_cast<std::uint32_t>(value);
        count += 6;
        if (count >= 8) {
            count -= 8;
            bytes.push_back(static_cast<char>(static_cast<std::uint8_t>(bits >> count)));
        }
    }
    if ((bits & ((1U << count) - 1U)) != 0)
        return Error{ErrorCode::malformed, "base64url text has bits left over at its end"};
    return bytes;
}

std::string encode_challenge(const PaymentChallenge& challenge, std::string_view realm) {
    const json::object request{{"chain_id", challenge.chain_id.hex()},
                               {"minimum_cover", decimal(challenge.minimum_cover)},
                               {"price_per_input_token", decimal(challenge.price_per_input_token)},
                               {"price_per_output_token", decimal(challenge.price_per_output_token)},
                               {"server", challenge.server.address()}};
    return "Payment realm=\"" + std::string(realm) + "\", method=\"dure\", intent=\"session\", request=\"" +
           base64url_encode(json::serialize(request)) + "\"";
}

Result<PaymentChallenge> decode_challenge(std::string_view header) {
    if (!header.starts_with(k_scheme))
        return Error{ErrorCode::malformed, "the challenge is not of the scheme 'Payment'"};
    header.remove_prefix(k_scheme.size());
    DURE_TRY(const std::string method, parameter(header, "method"));
    DURE_TRY(const std::string intent, parameter(header, "intent"));
    if (method != "dure" || intent != "session") {
        return Error{ErrorCode::invalid, "the server wants payment by method '" + method + "', intent '" +
                                             intent + "'; only 'dure', 'session' is known"};
    }
    DURE_TRY(const std::string request, parameter(header, "request"));
    DURE_TRY(const json::object object, decode_object(request));
    JsonFields fields(object);
    PaymentChallenge challenge;
    DURE_TRY(challenge.chain_id, fields.hash("chain_id"));
    DURE_TRY(challenge.server, fields.account("server"));
    DURE_TRY(challenge.price_per_input_token, fields.coin("price_per_input_token"));
    DURE_TRY(challenge.price_per_output_token, fields.coin("price_per_output_token"));
    DURE_TRY(challenge.minimum_cover, fields.coin("minimum_cover"));
    return challenge;
}

std::string encode_credential(const PaymentCredential& credential) {
    const json::object object{{"channel", credential.channel.hex()},
                              {"cumulative", decimal(credential.cumulative)},
                              {"signature", to_hex(credential.signature.bytes)}};
    return std::string(k_scheme) + base64url_encode(json::serialize(object));
}

Result<PaymentCredential> decode_credential(std::string_view header) {
    if (!header.starts_with(k_scheme))
        return Error{ErrorCode::malformed, "the Authorization header is not of the scheme 'Payment'"};
    DURE_TRY(const json::object object, decode_object(header.substr(k_scheme.size())));
    JsonFields fields(object);
    PaymentCredential credential;
    DURE_TRY(credential.channel, fields.hash("channel"));
    DURE_TRY(credential.cumulative, fields.coin("cumulative"));
    DURE_TRY(credential.signature, fields.signature("signature"));
    DURE_CHECK(fields.finish());
    return credential;
}

std::string encode_receipt(const PaymentReceipt& receipt) {
    const json::object object{
        {"channel", receipt.channel.hex()},          {"cost", decimal(receipt.cost)},
        {"cumulative", decimal(receipt.cumulative)}, {"input_tokens", receipt.input_tokens},
        {"output_tokens", receipt.output_tokens},    {"spent", decimal(receipt.spent)}};
    return base64url_encode(json::serialize(object));
}

Result<PaymentReceipt> decode_receipt(std::string_view header) {
    DURE_TRY(const json::object object, decode_object(header));
    JsonFields fields(object);
    PaymentReceipt receipt;
    DURE_TRY(receipt.channel, fields.hash("channel"));
    DURE_TRY(receipt.cost, fields.coin("cost"));
    DURE_TRY(receipt.cumulative, fields.coin("cumulative"));
    DURE_TRY(receipt.input_tokens, fields.number("input_tokens"));
    DURE_TRY(receipt.output_tokens, fields.number("output_tokens"));
    DURE_TRY(receipt.spent, fields.coin("spent"));
    return receipt;
}

}  // namespace dure::node
