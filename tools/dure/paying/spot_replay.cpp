#include "tools/dure/paying/spot_replay.h"

#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/codec.h"
#include "node/api/base64url.h"
#include "node/api/completion_request.h"
#include "node/api/http.h"
#include "node/roles/inference_replay.h"
#include "tools/dure/answer_verifier.h"

namespace dure::tools {

namespace json = boost::json;

namespace {

constexpr int k_niceness = 10;

Result<ledger::InferenceReceipt> receipt_of(const std::string& text) {
    DURE_TRY(const std::string bytes, node::base64url_decode(text));
    return decode<ledger::InferenceReceipt>(as_bytes(bytes));
}

/// A field that the body leaves open is the server's to choose.
Status check_settings(const json::object& body, const node::Call& call, const ledger::SamplingRule& rule) {
    const auto named = [&](const char* field) {
        const json::value* const value = body.if_contains(field);
        return value != nullptr && !value->is_null();
    };
    const auto other = [](const char* field) {
        return Error{ErrorCode::invalid,
                     std::string("the receipt names another ") + field + " than was asked for"};
    };
    if (rule.choices != call.choices) return other("n");
    if (named("seed") && rule.seed != call.params.seed) return other("seed");
    if (named("temperature") && rule.temperature != call.params.temperature.bits) return other("temperature");
    if (named("top_p") && rule.top_p != call.params.top_p.bits) return other("top_p");
    return {};
}

}  // namespace

Result<ledger::InferenceRequest> request_as_sent(const SpotSample& sample,
                                                 const ledger::InferenceStatement& said,
                                                 const ledger::ChatTemplate& chat,
                                                 const trainer::Tokenizer& tokenizer) {
    DURE_TRY(const json::object body, node::parse_json_object(sample.body));
    const bool is_chat = sample.path.find("/chat/") != std::string::npos;
    DURE_TRY(node::CompletionRequest asked,
             is_chat ? node::read_chat_request(body) : node::read_completion_request(body));
    node::Call& call = asked.call;
    if (!call.turns.empty()) {
        call.prompt = node::chat_prompt(chat, call.turns);
        call.stops.insert(call.stops.end(), chat.stops.begin(), chat.stops.end());
    }
    DURE_TRY(const trainer::Tokens prompt, node::prompt_tokens(tokenizer, call.prompt));
    DURE_TRY(ledger::InferenceRequest request, node::request_from_receipt(said, prompt, call.stops));
    DURE_CHECK(check_settings(body, call, said.sampling));
    return request;
}

SpotReplay replay_by_node(std::string node, unsigned threads) {
    struct Kept {
        std::unique_ptr<Api> api;
        std::unique_ptr<AnswerVerifier> verifier;
    };
    return [url = std::move(node), threads, kept = std::make_shared<Kept>()](
               const SpotSample& sample, const std::function<bool()>& go_on) -> Result<SpotVerdict> {
        ::setpriority(PRIO_PROCESS, static_cast<id_t>(::syscall(SYS_gettid)), k_niceness);
        if (!kept->verifier) {
            DURE_TRY(Api api, Api::open(url));
            kept->api = std::make_unique<Api>(std::move(api));
            DURE_TRY(kept->verifier, AnswerVerifier::open(*kept->api, threads));
        }
        SpotVerdict verdict;
        DURE_TRY(verdict.receipt, receipt_of(sample.receipt));
        DURE_TRY(const auto tokenizer, kept->verifier->tokenizer());
        auto request = request_as_sent(sample, verdict.receipt->statement,
                                       kept->verifier->genesis().model.chat, *tokenizer);
        if (!request && request.error().code == ErrorCode::invalid) {
            verdict.sentence = "different: " + request.error().message;
            return verdict;
        }
        if (!request) return request.error();
        DURE_TRY(ReplayVerdict replayed,
                 kept->verifier->verify({*verdict.receipt, *request, std::nullopt}, *request, go_on));
        verdict.is_true = replayed.is_true;
        verdict.sentence = std::move(replayed.sentence);
        verdict.request = *std::move(request);
        return verdict;
    };
}

}  // namespace dure::tools
