#include <boost/json/object.hpp>

#include "base/quote.h"
#include "node/api/canonical_json.h"
#include "node/api/http.h"
#include "node/api/json_fields.h"
#include "node/api/payment.h"

namespace dure::node {

namespace json = boost::json;

namespace {

constexpr std::string_view k_scheme = "Payment";

template <class... F>
struct Overload : F... {
    using F::operator()...;
};
template <class... F>
Overload(F...) -> Overload<F...>;

Result<json::object> decode_object(std::string_view text) {
    if (text.size() > k_max_payment_characters)
        return Error{ErrorCode::malformed,
                     "a payment header of " + std::to_string(text.size()) + " characters is too long"};
    DURE_TRY(const std::string raw, base64url_decode(text));
    return parse_json_object(raw);
}

/// A text of printable ASCII; nothing where there is none.
Result<std::string> printable(JsonFields& fields, const char* name, bool required) {
    if (!required && !fields.has(name)) return std::string();
    DURE_TRY(std::string text, fields.text(name));
    for (const char c : text) {
        if (c < 0x20 || c > 0x7E)
            return Error{ErrorCode::malformed, "'" + std::string(name) + "' must be printable ASCII"};
    }
    if (required && text.empty()) return Error{ErrorCode::malformed, "'" + std::string(name) + "' is empty"};
    return text;
}

json::object to_json(const PaymentChallenge& challenge) {
    json::object object{{"id", challenge.id},
                        {"realm", challenge.realm},
                        {"method", challenge.method},
                        {"intent", challenge.intent},
                        {"request", challenge.request}};
    if (!challenge.expires.empty()) object["expires"] = challenge.expires;
    if (!challenge.digest.empty()) object["digest"] = challenge.digest;
    return object;
}

Result<PaymentChallenge> read_challenge(const json::object& object) {
    JsonFields fields(object);
    PaymentChallenge challenge;
    DURE_TRY(challenge.id, printable(fields, "id", true));
    DURE_TRY(challenge.realm, printable(fields, "realm", true));
    DURE_TRY(challenge.method, printable(fields, "method", true));
    DURE_TRY(challenge.intent, printable(fields, "intent", true));
    DURE_TRY(challenge.request, printable(fields, "request", true));
    DURE_TRY(challenge.expires, printable(fields, "expires", false));
    DURE_TRY(challenge.digest, printable(fields, "digest", false));
    return challenge;
}

json::object to_json(const PaymentPayload& payload) {
    const auto voucher = [](const char* action, const auto& one) {
        return json::object{{"action", action},
                            {"channelId", one.channel.hex()},
                            {"cumulativeAmount", decimal(one.cumulative)},
                            {"signature", to_hex(one.signature.bytes)}};
    };
    return std::visit(
        Overload{[](const OpenPayload& open) -> json::object {
                     return {{"action", "open"},
                             {"type", "transaction"},
                             {"transaction", to_hex(open.transaction)},
                             {"cumulativeAmount", decimal(open.cumulative)},
                             {"signature", to_hex(open.signature.bytes)}};
                 },
                 [&](const VoucherPayload& one) { return voucher("voucher", one); },
                 [](const TopUpPayload& top_up) -> json::object {
                     return {{"action", "top_up"},
                             {"type", "transaction"},
                             {"channelId", top_up.channel.hex()},
                             {"transaction", to_hex(top_up.transaction)}};
                 },
                 [&](const ClosePayload& one) { return voucher("close", one); },
                 [](const ChargePayload& charge) -> json::object {
                     return {{"type", "transaction"}, {"transaction", to_hex(charge.transaction)}};
                 }},
        payload);
}

Result<Bytes> transaction_of(JsonFields& fields) {
    DURE_TRY(const std::string text, fields.text("transaction"));
    if (text.size() > 2 * k_max_payment_transaction_bytes)
        return Error{ErrorCode::malformed, "the payload's transaction is too long"};
    auto bytes = from_hex(text);
    if (!bytes) return with_context(bytes.error(), "'transaction'");
    return std::move(*bytes);
}

template <class T>
Result<PaymentPayload> read_voucher(JsonFields& fields) {
    T payload;
    DURE_TRY(payload.channel, fields.hash("channelId"));
    DURE_TRY(payload.cumulative, fields.coin("cumulativeAmount"));
    DURE_TRY(payload.signature, fields.signature("signature"));
    return PaymentPayload(std::move(payload));
}

Result<PaymentPayload> read_payload(const json::object& object, const std::string& intent) {
    JsonFields fields(object);
    if (intent == k_intent_charge) {
        ChargePayload charge;
        DURE_TRY(charge.transaction, transaction_of(fields));
        return PaymentPayload(std::move(charge));
    }
    DURE_TRY(const std::string action, fields.text("action"));
    if (action == "voucher") return read_voucher<VoucherPayload>(fields);
    if (action == "close") return read_voucher<ClosePayload>(fields);
    if (action == "open") {
        OpenPayload open;
        DURE_TRY(open.transaction, transaction_of(fields));
        DURE_TRY(open.cumulative, fields.coin("cumulativeAmount"));
        DURE_TRY(open.signature, fields.signature("signature"));
        return PaymentPayload(std::move(open));
    }
    if (action == "top_up") {
        TopUpPayload top_up;
        DURE_TRY(top_up.channel, fields.hash("channelId"));
        DURE_TRY(top_up.transaction, transaction_of(fields));
        return PaymentPayload(std::move(top_up));
    }
    return Error{ErrorCode::malformed,
                 "the payload's action is " + quote(action) + "; it may be open, voucher, top_up or close"};
}

Result<json::object> object_at(JsonFields& fields, const char* name) {
    DURE_TRY(const json::value* const value, fields.any(name));
    if (!value->is_object())
        return Error{ErrorCode::malformed, "'" + std::string(name) + "' must be an object"};
    return value->get_object();
}

/// What stands behind the scheme; none if it is another.
std::optional<std::string_view> behind_scheme(std::string_view header) {
    if (header.size() <= k_scheme.size() || header[k_scheme.size()] != ' ') return std::nullopt;
    for (std::size_t i = 0; i < k_scheme.size(); ++i) {
        const char c = header[i];
        const char small = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
        const char wanted = i == 0 ? 'p' : k_scheme[i];
        if (small != wanted) return std::nullopt;
    }
    header.remove_prefix(k_scheme.size());
    while (!header.empty() && header.front() == ' ')
        header.remove_prefix(1);
    return header;
}

}  // namespace

bool is_payment(std::string_view header) {
    return behind_scheme(header).has_value();
}

std::string encode_credential(const PaymentCredential& credential) {
    json::object object{{"challenge", to_json(credential.challenge)},
                        {"payload", to_json(credential.payload)}};
    if (credential.source) object["source"] = credential.source->address();
    return std::string(k_scheme) + " " + base64url_encode(canonical_json(object));
}

Result<PaymentCredential> decode_credential(std::string_view header) {
    const auto text = behind_scheme(header);
    if (!text) return Error{ErrorCode::malformed, "the Authorization header is not of the scheme 'Payment'"};
    DURE_TRY(const json::object object, decode_object(*text));
    JsonFields fields(object);
    DURE_TRY(const json::object challenge, object_at(fields, "challenge"));
    DURE_TRY(const json::object payload, object_at(fields, "payload"));
    PaymentCredential credential;
    auto read = read_challenge(challenge);
    if (!read) return with_context(read.error(), "the credential's challenge");
    credential.challenge = std::move(*read);
    if (fields.has("source")) {
        DURE_TRY(credential.source, fields.account("source"));
    }
    auto paid = read_payload(payload, credential.challenge.intent);
    if (!paid) return Error{ErrorCode::invalid, "the credential's payload: " + paid.error().message};
    credential.payload = std::move(*paid);
    return credential;
}

std::string encode_receipt(const PaymentReceipt& receipt) {
    json::object object{{"status", "success"},
                        {"method", k_payment_method},
                        {"intent", receipt.intent},
                        {"challengeId", receipt.challenge},
                        {"timestamp", receipt.timestamp},
                        {"reference", receipt.reference.hex()},
                        {"cost", decimal(receipt.cost)},
                        {"spent", decimal(receipt.spent)},
                        {"acceptedCumulative", decimal(receipt.cumulative)},
                        {"inputTokens", receipt.input_tokens},
                        {"outputTokens", receipt.output_tokens}};
    if (receipt.transaction) object["txHash"] = receipt.transaction->hex();
    if (!receipt.inference_receipt.empty()) object["inferenceReceipt"] = receipt.inference_receipt;
    return base64url_encode(canonical_json(object));
}

Result<PaymentReceipt> decode_receipt(std::string_view header) {
    DURE_TRY(const json::object object, decode_object(header));
    JsonFields fields(object);
    DURE_TRY(const std::string status, fields.text("status"));
    DURE_TRY(const std::string method, fields.text("method"));
    if (status != "success" || method != k_payment_method) {
        return Error{ErrorCode::invalid, "a receipt of status " + quote(status) + ", method " +
                                             quote(method) + "; not 'success', 'dure'"};
    }
    PaymentReceipt receipt;
    DURE_TRY(receipt.intent, printable(fields, "intent", true));
    DURE_TRY(receipt.challenge, printable(fields, "challengeId", true));
    DURE_TRY(receipt.timestamp, printable(fields, "timestamp", true));
    DURE_TRY(receipt.reference, fields.hash("reference"));
    DURE_TRY(receipt.cost, fields.coin("cost"));
    DURE_TRY(receipt.spent, fields.coin("spent"));
    DURE_TRY(receipt.cumulative, fields.coin("acceptedCumulative"));
    DURE_TRY(receipt.input_tokens, fields.number("inputTokens"));
    DURE_TRY(receipt.output_tokens, fields.number("outputTokens"));
    constexpr std::uint64_t k_most_tokens = std::uint64_t{1} << 40;
    if (receipt.input_tokens > k_most_tokens || receipt.output_tokens > k_most_tokens)
        return Error{ErrorCode::out_of_range, "a receipt over more tokens than there can be"};
    if (fields.has("txHash")) {
        DURE_TRY(receipt.transaction, fields.hash("txHash"));
    }
    DURE_TRY(receipt.inference_receipt, printable(fields, "inferenceReceipt", false));
    return receipt;
}

}  // namespace dure::node
