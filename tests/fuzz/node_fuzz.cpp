// node: peers' messages and hellos, the API's targets, bodies and payment headers, the settings' file.
#include "node/api/http.h"
#include "node/api/json_fields.h"
#include "node/api/payment.h"
#include "node/config.h"
#include "node/peers/hello.h"
#include "node/peers/messages.h"
#include "node/peers/stream.h"
#include "node/storage/final_block.h"
#include "tests/fuzz/target.h"

namespace dure::fuzz {
namespace {

using namespace node;

DURE_FUZZ_CODEC(peer_message, Message);
DURE_FUZZ_CODEC(final_block, FinalBlock);

DURE_FUZZ_TARGET(peer_hello) {
    round_trip<Hello>(input);
    round_trip<HelloProof>(input);
    Hello own;
    own.node.key[0] = 1;
    if (const auto other = decode<Hello>(input)) static_cast<void>(check_hello(own, *other));
}

/// Whatever a client sent, the problem that answers it is JSON (and so valid UTF-8).
void require_json(const Error& error) {
    require(parse_json_object(respond(error).body).has_value(), "a problem is JSON");
}

template <class T>
void require_json(const Result<T>& result) {
    if (!result) require_json(result.error());
}

DURE_FUZZ_TARGET(endpoint) {
    static_cast<void>(parse_endpoint(std::string(as_text(input))));
}

DURE_FUZZ_TARGET(http_target) {
    const auto target = parse_target(as_text(input));
    require_json(target);
    if (!target) return;
    for (const std::string& segment : target->path) {
        require(segment.find('\0') == std::string::npos, "no segment hides a NUL");
        require_json(parse_number(segment));
        require_json(Account::from_address(segment));
        require_json(coin_from_text(segment));
    }
    for (const auto& [name, value] : target->query)
        require_json(parse_number(value));
}

DURE_FUZZ_TARGET(http_body) {
    const auto object = parse_json_object(as_text(input));
    require_json(object);
    if (!object) return;
    JsonFields fields(*object);
    for (const char* const name : {"a", "transaction", "model", "prompt"}) {
        require_json(fields.text(name));
        require_json(fields.hash(name));
        require_json(fields.account(name));
        require_json(fields.signature(name));
        require_json(fields.coin(name));
        require_json(fields.number(name));
        require_json(fields.fraction(name));
        require_json(fields.boolean(name));
    }
    require_json(fields.finish());
}

DURE_FUZZ_TARGET(node_config) {
    const auto config = parse_config(as_text(input), "/data");
    if (!config) {
        require(!config.error().message.empty(), "an error says what is wrong");
        return;
    }
    const auto again = parse_config(to_toml(*config), "/data");
    require(again.has_value(), "written settings are read again");
    require(to_toml(*again) == to_toml(*config), "settings survive their file");
}

DURE_FUZZ_TARGET(payment_headers) {
    const std::string_view text = as_text(input);
    if (const auto bytes = base64url_decode(text))
        require(base64url_encode(*bytes) == text, "base64url has one form");
    if (const auto challenge = decode_challenge(text)) {
        require(decode_challenge(encode_challenge(*challenge)).value() == *challenge,
                "a challenge survives its header");
        static_cast<void>(charge_terms(*challenge));
        if (const auto terms = session_terms(*challenge)) {
            PaymentChallenge again = *challenge;
            again.request = encode_terms(*terms);
            require(session_terms(again).value() == *terms, "terms survive their encoding");
        }
    }
    if (const auto credential = decode_credential(text)) {
        require(decode_credential(encode_credential(*credential)).value() == *credential,
                "a credential survives its header");
    }
    if (const auto receipt = decode_receipt(text)) {
        require(decode_receipt(encode_receipt(*receipt)).value() == *receipt,
                "a receipt survives its header");
    }
}

}  // namespace
}  // namespace dure::fuzz
