#include "node/api/payment.h"

#include <array>
#include <boost/json/object.hpp>
#include <charconv>
#include <map>

#include "base/quote.h"
#include "node/api/canonical_json.h"
#include "node/api/http.h"
#include "node/api/json_fields.h"

namespace dure::node {

namespace json = boost::json;

namespace {

constexpr std::string_view k_currency = "grain";
constexpr std::string_view k_unit = "llm_token";

bool is_token_character(char c) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte <= 0x20 || byte >= 0x7F) return false;
    return std::string_view("()<>@,;:\\\"/[]?={}").find(c) == std::string_view::npos;
}

char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool equal_without_case(std::string_view a, std::string_view b) {
    if (a.size() != b.size()) return false;
    for (std::size_t i = 0; i < a.size(); ++i) {
        if (lower(a[i]) != lower(b[i])) return false;
    }
    return true;
}

/// Walks through a WWW-Authenticate value (RFC 9110, 11.6.1): challenges of any scheme behind each other.
class ChallengeReader {
  public:
    explicit ChallengeReader(std::string_view text) : text_(text) {}

    using Parameters = std::map<std::string, std::string, std::less<>>;
    struct Found {
        std::string scheme;
        Parameters parameters;
    };

    Result<std::vector<Found>> all() {
        std::vector<Found> found;
        while (skip({' ', '\t', ','}), at_ < text_.size()) {
            const std::string_view word = token();
            if (word.empty()) return broken();
            const std::size_t behind = at_;
            skip({' ', '\t'});
            const bool is_parameter = at_ < text_.size() && text_[at_] == '=';
            if (!is_parameter) {
                found.push_back({std::string(word), {}});
                // A scheme is followed by its first parameter, or by a token68, which no scheme of ours has.
                if (at_ == behind && at_ < text_.size() && text_[at_] != ',') return broken();
                continue;
            }
            if (found.empty()) return broken();
            ++at_;
            skip({' ', '\t'});
            DURE_TRY(std::string value, this->value());
            std::string name(word);
            for (char& c : name)
                c = lower(c);
            if (!found.back().parameters.emplace(name, std::move(value)).second) {
                return Error{ErrorCode::malformed,
                             "the challenge has the parameter " + quote(name) + " twice"};
            }
        }
        return found;
    }

  private:
    static Error broken() {
        return {ErrorCode::malformed, "the WWW-Authenticate value is not a list of challenges (RFC 9110)"};
    }

    void skip(std::initializer_list<char> set) {
        while (at_ < text_.size() &&
               std::string_view(set.begin(), set.size()).find(text_[at_]) != std::string_view::npos)
            ++at_;
    }

    std::string_view token() {
        const std::size_t begin = at_;
        while (at_ < text_.size() && is_token_character(text_[at_]))
            ++at_;
        return text_.substr(begin, at_ - begin);
    }

    Result<std::string> value() {
        if (at_ >= text_.size()) return broken();
        if (text_[at_] != '"') {
            const std::string_view word = token();
            if (word.empty()) return broken();
            return std::string(word);
        }
        std::string value;
        for (++at_; at_ < text_.size(); ++at_) {
            if (text_[at_] == '"') {
                ++at_;
                return value;
            }
            if (text_[at_] == '\\' && ++at_ == text_.size()) break;
            value.push_back(text_[at_]);
        }
        return broken();
    }

    std::string_view text_;
    std::size_t at_ = 0;
};

Result<PaymentChallenge> challenge_of(ChallengeReader::Parameters& parameters) {
    for (const char* const name : {"id", "realm", "method", "intent", "request"}) {
        const auto found = parameters.find(name);
        if (found == parameters.end() || found->second.empty())
            return Error{ErrorCode::malformed, "the payment challenge has no '" + std::string(name) + "'"};
    }
    if (parameters.contains("header")) {
        return Error{ErrorCode::invalid,
                     "the payment challenge wants its credential in another header; that is not known here"};
    }
    const auto take = [&](const char* name) { return std::move(parameters[name]); };
    return PaymentChallenge{take("id"),      take("realm"),   take("method"), take("intent"),
                            take("request"), take("expires"), take("digest")};
}

std::string quoted(std::string_view name, std::string_view value) {
    std::string text(name);
    text += "=\"";
    for (const char c : value) {
        if (c == '"' || c == '\\') text.push_back('\\');
        text.push_back(c);
    }
    return text + "\"";
}

struct Terms {
    json::object request;
    json::object details;
};

Result<Terms> read_terms(const PaymentChallenge& challenge, std::string_view intent) {
    if (challenge.method != k_payment_method || challenge.intent != intent) {
        return Error{ErrorCode::invalid, "the server wants payment by method " + quote(challenge.method) +
                                             ", intent " + quote(challenge.intent) + ", not 'dure', '" +
                                             std::string(intent) + "'"};
    }
    if (challenge.request.size() > k_max_payment_characters)
        return Error{ErrorCode::malformed, "the challenge's request is too long"};
    DURE_TRY(const std::string raw, base64url_decode(challenge.request));
    Terms terms;
    DURE_TRY(terms.request, parse_json_object(raw));
    JsonFields fields(terms.request);
    DURE_TRY(const std::string currency, fields.text("currency"));
    if (currency != k_currency)
        return Error{ErrorCode::invalid, "the server wants " + quote(currency) + ", not grain"};
    DURE_TRY(const json::value* const details, fields.any("methodDetails"));
    if (!details->is_object())
        return Error{ErrorCode::malformed, "'methodDetails' of the challenge must be an object"};
    terms.details = details->get_object();
    return terms;
}

std::string encode_request(const json::object& request) {
    return base64url_encode(canonical_json(request));
}

/// Two digits and their joint.
Result<std::int64_t> take_digits(std::string_view text, std::size_t at, std::size_t count) {
    std::int64_t number = 0;
    for (std::size_t i = at; i < at + count; ++i) {
        if (i >= text.size() || text[i] < '0' || text[i] > '9')
            return Error{ErrorCode::malformed,
                         quote(text) + " is not a date and time like 2026-11-22T12:00:00Z"};
        number = number * 10 + (text[i] - '0');
    }
    return number;
}

/// Days since 1970-01-01 of a date of the Gregorian calendar; months count from 1.
std::int64_t days_of(std::int64_t year, std::int64_t month, std::int64_t day) {
    year -= month <= 2 ? 1 : 0;  // the year begins in March, so that the leap day ends it
    const std::int64_t era = year / 400;
    const std::int64_t year_of_era = year - era * 400;
    const std::int64_t day_of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
    return era * 146'097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719'468;
}

std::string padded(std::int64_t number, std::size_t width) {
    std::string text = std::to_string(number);
    return text.size() < width ? std::string(width - text.size(), '0') + text : text;
}

}  // namespace

std::string encode_terms(const SessionTerms& terms) {
    return encode_request({{"amount", decimal(terms.price_per_output_token)},
                           {"currency", k_currency},
                           {"recipient", terms.server.address()},
                           {"suggestedDeposit", decimal(terms.suggested_deposit)},
                           {"unitType", k_unit},
                           {"methodDetails",
                            {{"chainId", terms.chain_id.hex()},
                             {"inputPrice", decimal(terms.price_per_input_token)},
                             {"maximumCost", decimal(terms.maximum_cost)},
                             {"minimumCover", decimal(terms.minimum_cover)},
                             {"outputPrice", decimal(terms.price_per_output_token)}}}});
}

std::string encode_terms(const ChargeTerms& terms) {
    return encode_request({{"amount", decimal(terms.amount)},
                           {"currency", k_currency},
                           {"recipient", terms.server.address()},
                           {"methodDetails", {{"chainId", terms.chain_id.hex()}}}});
}

Result<SessionTerms> session_terms(const PaymentChallenge& challenge) {
    DURE_TRY(const Terms read, read_terms(challenge, k_intent_session));
    JsonFields request(read.request);
    JsonFields details(read.details);
    SessionTerms terms;
    DURE_TRY(terms.server, request.account("recipient"));
    if (request.has("suggestedDeposit")) {
        DURE_TRY(terms.suggested_deposit, request.coin("suggestedDeposit"));
    }
    DURE_TRY(terms.chain_id, details.hash("chainId"));
    DURE_TRY(terms.price_per_input_token, details.coin("inputPrice"));
    DURE_TRY(terms.price_per_output_token, details.coin("outputPrice"));
    DURE_TRY(terms.minimum_cover, details.coin("minimumCover"));
    DURE_TRY(terms.maximum_cost, details.coin("maximumCost"));
    return terms;
}

Result<ChargeTerms> charge_terms(const PaymentChallenge& challenge) {
    DURE_TRY(const Terms read, read_terms(challenge, k_intent_charge));
    JsonFields request(read.request);
    JsonFields details(read.details);
    ChargeTerms terms;
    DURE_TRY(terms.server, request.account("recipient"));
    DURE_TRY(terms.amount, request.coin("amount"));
    DURE_TRY(terms.chain_id, details.hash("chainId"));
    return terms;
}

Hash charged_call(const PaymentChallenge& challenge) {
    static const TaggedHash k_tag("dure/charged-call");
    return k_tag(as_bytes(challenge.id));
}

std::string body_digest(std::string_view body) {
    return "sha-256=:" + base64_encode(ByteView(sha256(as_bytes(body)).bytes)) + ":";
}

std::string rfc3339(std::int64_t unix_seconds) {
    const std::int64_t days = unix_seconds / 86'400;
    const std::int64_t seconds = unix_seconds % 86'400;
    std::int64_t year = 1970 + days / 366;  // never later than it is
    while (days_of(year + 1, 1, 1) <= days)
        ++year;
    std::int64_t month = 12;
    while (days_of(year, month, 1) > days)
        --month;
    return padded(year, 4) + "-" + padded(month, 2) + "-" + padded(days - days_of(year, month, 1) + 1, 2) +
           "T" + padded(seconds / 3'600, 2) + ":" + padded(seconds / 60 % 60, 2) + ":" +
           padded(seconds % 60, 2) + "Z";
}

Result<std::int64_t> parse_rfc3339(std::string_view text) {
    const Error wrong{ErrorCode::malformed,
                      quote(text) + " is not a date and time like 2026-11-22T12:00:00Z"};
    if (text.size() < 20 || text[4] != '-' || text[7] != '-' || (text[10] != 'T' && text[10] != 't') ||
        text[13] != ':' || text[16] != ':')
        return wrong;
    DURE_TRY(const std::int64_t year, take_digits(text, 0, 4));
    DURE_TRY(const std::int64_t month, take_digits(text, 5, 2));
    DURE_TRY(const std::int64_t day, take_digits(text, 8, 2));
    DURE_TRY(const std::int64_t hour, take_digits(text, 11, 2));
    DURE_TRY(const std::int64_t minute, take_digits(text, 14, 2));
    DURE_TRY(const std::int64_t second, take_digits(text, 17, 2));
    const bool in_bounds = year >= 1970 && month >= 1 && month <= 12 && day >= 1 && day <= 31 && hour <= 23 &&
                           minute <= 59 && second <= 60;
    if (!in_bounds) return wrong;
    std::size_t at = 19;
    if (text[at] == '.') {
        do
            ++at;
        while (at < text.size() && text[at] >= '0' && text[at] <= '9');
    }
    if (at >= text.size()) return wrong;
    std::int64_t offset_minutes = 0;
    if (text[at] == 'Z' || text[at] == 'z') {
        if (text.size() != at + 1) return wrong;
    } else {
        if ((text[at] != '+' && text[at] != '-') || text.size() != at + 6 || text[at + 3] != ':')
            return wrong;
        DURE_TRY(const std::int64_t hours, take_digits(text, at + 1, 2));
        DURE_TRY(const std::int64_t minutes, take_digits(text, at + 4, 2));
        offset_minutes = (hours * 60 + minutes) * (text[at] == '-' ? -1 : 1);
    }
    return days_of(year, month, day) * 86'400 + hour * 3'600 + minute * 60 + second - offset_minutes * 60;
}

std::string encode_challenge(const PaymentChallenge& challenge) {
    std::string header = "Payment " + quoted("id", challenge.id) + ", " + quoted("realm", challenge.realm) +
                         ", " + quoted("method", challenge.method) + ", " +
                         quoted("intent", challenge.intent) + ", " + quoted("request", challenge.request);
    if (!challenge.expires.empty()) header += ", " + quoted("expires", challenge.expires);
    if (!challenge.digest.empty()) header += ", " + quoted("digest", challenge.digest);
    return header;
}

Result<std::vector<PaymentChallenge>> decode_challenges(std::string_view header) {
    if (header.size() > 4 * k_max_payment_characters)
        return Error{ErrorCode::malformed, "the WWW-Authenticate value is too long"};
    DURE_TRY(std::vector<ChallengeReader::Found> found, ChallengeReader(header).all());
    std::vector<PaymentChallenge> challenges;
    for (ChallengeReader::Found& one : found) {
        if (!equal_without_case(one.scheme, "Payment")) continue;
        DURE_TRY(PaymentChallenge challenge, challenge_of(one.parameters));
        challenges.push_back(std::move(challenge));
    }
    return challenges;
}

Result<PaymentChallenge> decode_challenge(std::string_view header) {
    DURE_TRY(std::vector<PaymentChallenge> challenges, decode_challenges(header));
    if (challenges.empty())
        return Error{ErrorCode::malformed, "there is no challenge of the scheme 'Payment'"};
    return std::move(challenges.front());
}

Result<PaymentChallenge> find_challenge(const std::vector<std::string>& headers, std::string_view intent) {
    std::string offered;
    for (const std::string& header : headers) {
        DURE_TRY(std::vector<PaymentChallenge> challenges, decode_challenges(header));
        for (PaymentChallenge& challenge : challenges) {
            if (challenge.method == k_payment_method && challenge.intent == intent)
                return std::move(challenge);
            offered +=
                (offered.empty() ? "" : ", ") + quote(challenge.method) + " " + quote(challenge.intent);
        }
    }
    return Error{ErrorCode::not_found, "the server wants payment by " +
                                           (offered.empty() ? std::string("no known scheme") : offered) +
                                           ", not by 'dure' '" + std::string(intent) + "'"};
}

}  // namespace dure::node
