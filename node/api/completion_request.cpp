#include "node/api/completion_request.h"

#include <limits>
#include <random>

#include "node/api/json_fields.h"

namespace dure::node {

namespace json = boost::json;

namespace {

/// A whole number from `low` to `high`; `target` stays as it is where there is none.
template <class T>
Status take_number(JsonFields& fields, const char* name, std::uint32_t low, std::uint32_t high, T& target) {
    if (!fields.has(name)) return {};
    DURE_TRY(const std::uint64_t number, fields.number(name));
    if (number < low || number > high) {
        return Error{ErrorCode::out_of_range, std::string(name) + " is " + std::to_string(number) +
                                                  "; it may be " + std::to_string(low) + " to " +
                                                  std::to_string(high)};
    }
    target = static_cast<std::uint32_t>(number);
    return {};
}

Status take_sampling(JsonFields& fields, trainer::SamplingParams& params) {
    DURE_CHECK(
        take_number(fields, "max_tokens", 1, std::numeric_limits<std::uint32_t>::max(), params.max_tokens));
    if (fields.has("temperature")) {
        DURE_TRY(const double temperature, fields.fraction("temperature"));
        if (!(temperature >= 0 && temperature <= 2))
            return Error{ErrorCode::out_of_range, "temperature may be 0 to 2"};
        params.temperature = trainer::Float32(static_cast<float>(temperature));
    }
    if (fields.has("top_p")) {
        DURE_TRY(const double top_p, fields.fraction("top_p"));
        if (!(top_p > 0 && top_p <= 1))
            return Error{ErrorCode::out_of_range, "top_p may be above 0 and up to 1"};
        params.top_p = trainer::Float32(static_cast<float>(top_p));
    }
    DURE_CHECK(take_number(fields, "top_k", 0, 1U << 20U, params.top_k));
    if (fields.has("seed")) {
        DURE_TRY(params.seed, fields.number("seed"));
    } else {
        std::random_device device;
        params.seed = device();
    }
    return {};
}

/// A text or a list of texts.
Status take_stops(JsonFields& fields, std::vector<std::string>& stops) {
    if (!fields.has("stop")) return {};
    DURE_TRY(const json::value* const value, fields.any("stop"));
    if (value->is_null()) return {};
    const auto add = [&](const json::value& one) -> Status {
        if (!one.is_string()) return Error{ErrorCode::malformed, "stop must be a text, or a list of texts"};
        stops.emplace_back(one.get_string());
        return {};
    };
    if (!value->is_array()) return add(*value);
    for (const json::value& one : value->get_array())
        DURE_CHECK(add(one));
    return {};
}

}  // namespace

Result<CompletionRequest> read_completion_request(const json::object& body) {
    JsonFields fields(body);
    CompletionRequest request;
    Call& call = request.call;
    DURE_TRY(call.prompt, fields.text("prompt"));
    if (fields.has("model")) {
        DURE_TRY(const std::string model, fields.text("model"));
        static_cast<void>(model);  // there is one: the newest checkpoint
    }
    DURE_CHECK(take_sampling(fields, call.params));
    DURE_CHECK(take_stops(fields, call.stops));
    DURE_CHECK(
        take_number(fields, "logprobs", 0, trainer::k_max_top_log_probabilities, call.log_probabilities));
    DURE_CHECK(take_number(fields, "n", 1, k_max_choices, call.choices));
    if (fields.has("stream")) {
        DURE_TRY(request.stream, fields.boolean("stream"));
    }
    if (fields.has("stream_options")) {
        DURE_TRY(const json::value* const value, fields.any("stream_options"));
        if (!request.stream || !value->is_object())
            return Error{ErrorCode::malformed, "stream_options is an object that goes with \"stream\": true"};
        JsonFields options(value->get_object());
        if (options.has("include_usage")) {
            DURE_TRY(request.include_usage, options.boolean("include_usage"));
        }
        DURE_CHECK(options.finish());
    }
    DURE_CHECK(fields.finish());
    return request;
}

}  // namespace dure::node
