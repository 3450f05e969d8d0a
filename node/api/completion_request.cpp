#include "node/api/completion_request.h"

#include <limits>
#include <random>

#include "base/quote.h"
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

/// The body without the fields that are null.
json::object present(const json::object& body) {
    json::object fields;
    for (const auto& field : body) {
        if (!field.value().is_null()) fields.emplace(field.key(), field.value());
    }
    return fields;
}

bool is_zero(const json::value& value) {
    return value.is_number() && value.to_number<double>() == 0;
}
bool is_empty(const json::value& value) {
    return (value.is_object() && value.get_object().empty()) ||
           (value.is_array() && value.get_array().empty()) ||
           (value.is_string() && value.get_string().empty());
}

/// What OpenAI knows and this server does not do. `neutral`: a value that asks for nothing.
struct Unheeded {
    const char* name;
    bool (*neutral)(const json::value&);
};
constexpr auto k_anything = [](const json::value&) { return true; };
constexpr auto k_no = [](const json::value& value) { return value.is_bool() && !value.get_bool(); };
constexpr auto k_text_format = [](const json::value& value) {
    return value.is_object() && value.get_object().contains("type") &&
           value.get_object().at("type") == json::value("text");
};
constexpr auto k_nothing = [](const json::value& value) {
    return is_empty(value) || value == json::value("none");
};
constexpr auto k_text_alone = [](const json::value& value) {
    return value == json::value(json::array{"text"});
};

constexpr Unheeded k_unheeded[] = {
    {"user", k_anything},
    {"safety_identifier", k_anything},
    {"prompt_cache_key", k_anything},
    {"service_tier", k_anything},
    {"metadata", k_anything},
    {"store", k_no},
    {"frequency_penalty", is_zero},
    {"presence_penalty", is_zero},
    {"logit_bias", is_empty},
    {"echo", k_no},
    {"suffix", is_empty},
    {"response_format", k_text_format},
    {"tools", is_empty},
    {"functions", is_empty},
    {"tool_choice", k_nothing},
    {"function_call", k_nothing},
    {"parallel_tool_calls", k_anything},
    {"modalities", k_text_alone},
};

Status take_unheeded(JsonFields& fields) {
    for (const Unheeded& one : k_unheeded) {
        if (!fields.has(one.name)) continue;
        DURE_TRY(const json::value* const value, fields.any(one.name));
        if (!one.neutral(*value)) {
            return Error{
                ErrorCode::malformed,
                std::string(one.name) + " is not supported here; leave it out (docs/operating/api.md)"};
        }
    }
    return {};
}

/// What both forms have in common.
Status take_common(JsonFields& fields, CompletionRequest& request) {
    Call& call = request.call;
    if (fields.has("model")) {
        DURE_TRY(const std::string model, fields.text("model"));
        static_cast<void>(model);  // there is one: the newest checkpoint
    }
    DURE_CHECK(take_sampling(fields, call.params));
    DURE_CHECK(take_stops(fields, call.stops));
    DURE_CHECK(take_number(fields, "n", 1, k_max_choices, call.choices));
    if (fields.has("best_of")) {
        std::uint32_t best_of = 1;
        DURE_CHECK(take_number(fields, "best_of", call.choices, call.choices, best_of));
    }
    if (fields.has("stream")) {
        DURE_TRY(request.stream, fields.boolean("stream"));
    }
    call.streamed = request.stream;
    if (fields.has("stream_options")) {
        DURE_TRY(const json::value* const value, fields.any("stream_options"));
        if (!request.stream || !value->is_object())
            return Error{ErrorCode::malformed, "stream_options is an object that goes with \"stream\": true"};
        const json::object given = present(value->get_object());
        JsonFields options(given);
        if (options.has("include_usage")) {
            DURE_TRY(request.include_usage, options.boolean("include_usage"));
        }
        if (options.has("include_obfuscation")) {
            DURE_CHECK(options.boolean("include_obfuscation"));
        }
        DURE_CHECK(options.finish());
    }
    DURE_CHECK(take_unheeded(fields));
    return fields.finish();
}

/// A text, or a list with one.
Result<std::string> take_prompt(JsonFields& fields) {
    DURE_TRY(const json::value* const value, fields.any("prompt"));
    const json::array* const list = value->if_array();
    const json::value& one = list != nullptr && list->size() == 1 ? list->front() : *value;
    if (!one.is_string())
        return Error{ErrorCode::malformed,
                     "prompt must be a text, or a list of one text; send several as several calls"};
    return std::string(one.get_string());
}

Result<ChatRole> role_of(const std::string& name) {
    if (name == "system" || name == "developer") return ChatRole::system;
    if (name == "user") return ChatRole::user;
    if (name == "assistant") return ChatRole::assistant;
    return Error{ErrorCode::malformed,
                 "a message's role is " + quote(name) + "; it may be system, developer, user or assistant"};
}

/// A text, or a list of parts of type text.
Result<std::string> content_of(const json::value& content) {
    if (content.is_string()) return std::string(content.get_string());
    const Error wrong{ErrorCode::malformed,
                      "a message's content must be a text, or a list of parts of type text"};
    if (!content.is_array()) return wrong;
    std::string text;
    for (const json::value& part : content.get_array()) {
        if (!part.is_object()) return wrong;
        const json::object& fields = part.get_object();
        const json::value* const type = fields.if_contains("type");
        const json::value* const piece = fields.if_contains("text");
        if (type == nullptr || *type != json::value("text") || piece == nullptr || !piece->is_string())
            return wrong;
        text += piece->get_string();
    }
    return text;
}

Result<ChatTurn> turn_of(const json::value& message) {
    if (!message.is_object())
        return Error{ErrorCode::malformed, "a message must be an object with role and content"};
    const json::object given = present(message.get_object());
    JsonFields fields(given);
    ChatTurn turn;
    DURE_TRY(const std::string role, fields.text("role"));
    DURE_TRY(turn.role, role_of(role));
    DURE_TRY(const json::value* const content, fields.any("content"));
    DURE_TRY(turn.text, content_of(*content));
    if (fields.has("name")) {
        DURE_CHECK(fields.text("name"));
    }
    for (const char* const empty : {"refusal", "annotations", "audio", "tool_calls", "function_call"}) {
        if (!fields.has(empty)) continue;
        DURE_TRY(const json::value* const value, fields.any(empty));
        if (!is_empty(*value))
            return Error{ErrorCode::malformed,
                         std::string("a message's ") + empty + " is not supported here"};
    }
    DURE_CHECK(fields.finish());
    return turn;
}

}  // namespace

Result<CompletionRequest> read_completion_request(const json::object& body) {
    const json::object given = present(body);
    JsonFields fields(given);
    CompletionRequest request;
    Call& call = request.call;
    DURE_TRY(call.prompt, take_prompt(fields));
    DURE_CHECK(take_number(fields, "max_tokens", 1, std::numeric_limits<std::uint32_t>::max(),
                           call.params.max_tokens));
    DURE_CHECK(
        take_number(fields, "logprobs", 0, trainer::k_max_top_log_probabilities, call.log_probabilities));
    DURE_CHECK(take_common(fields, request));
    return request;
}

Result<CompletionRequest> read_chat_request(const json::object& body) {
    const json::object given = present(body);
    JsonFields fields(given);
    CompletionRequest request;
    request.chat = true;
    Call& call = request.call;
    DURE_TRY(const json::value* const messages, fields.any("messages"));
    if (!messages->is_array() || messages->get_array().empty())
        return Error{ErrorCode::malformed, "messages must be a list of at least one message"};
    for (const json::value& message : messages->get_array()) {
        DURE_TRY(ChatTurn turn, turn_of(message));
        call.turns.push_back(std::move(turn));
    }
    call.params.max_tokens = 0;  // as many as the server allows
    for (const char* const name : {"max_tokens", "max_completion_tokens"})
        DURE_CHECK(
            take_number(fields, name, 1, std::numeric_limits<std::uint32_t>::max(), call.params.max_tokens));
    bool wants_scores = false;
    if (fields.has("logprobs")) {
        DURE_TRY(wants_scores, fields.boolean("logprobs"));
    }
    std::optional<std::uint32_t> top;
    DURE_CHECK(take_number(fields, "top_logprobs", 0, trainer::k_max_top_log_probabilities, top));
    if (top && !wants_scores) return Error{ErrorCode::malformed, "top_logprobs goes with \"logprobs\": true"};
    if (wants_scores) call.log_probabilities = top.value_or(0);
    DURE_CHECK(take_common(fields, request));
    return request;
}

}  // namespace dure::node
