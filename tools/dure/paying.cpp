#include "tools/dure/paying.h"

#include <boost/asio/co_spawn.hpp>
#include <exception>
#include <optional>

#include "tools/dure/api.h"
#include "tools/dure/event_stream.h"
#include "tools/dure/paying/wire.h"

namespace dure::tools {

namespace json = boost::json;
namespace asio = boost::asio;

namespace {

constexpr std::uint64_t k_bytes_per_token = 3;       // a guess, for comparing prices
constexpr std::uint64_t k_usual_output_tokens = 64;  // where the request does not say

/// The text of a completion's or a chat's answer, whole or a piece of it.
std::string text_of(const json::value& answer) {
    const auto& choices = list_at(answer, "choices");
    if (choices.empty()) return "";
    for (const char* path : {"text", "delta.content", "message.content"}) {
        if (const json::value* const found = find_at(choices.front(), path);
            found != nullptr && found->is_string())
            return std::string(found->get_string());
    }
    return "";
}

/// Puts a stream's chunks together while they come.
class StreamedText {
  public:
    StreamedText(PaidAnswer& answer, const Buyer::OnText& on_text)
        : answer_(answer), on_text_(on_text), events_([this](std::string_view data) { take(data); }) {}

    /// Errors: what the server says in the stream.
    Status push(std::string_view bytes) {
        DURE_CHECK(events_.push(bytes));
        return status_;
    }

  private:
    void take(std::string_view data) {
        if (!status_ || data == "[DONE]") return;
        boost::system::error_code bad;
        json::value chunk = json::parse(data, bad);
        if (bad) {
            status_ = Error{ErrorCode::internal, "a part of the answer is not JSON: " + bad.message()};
            return;
        }
        if (find_at(chunk, "error") != nullptr) {
            status_ = Error{ErrorCode::unavailable, text_at(chunk, "error.message")};
            return;
        }
        const std::string text = text_of(chunk);
        if (!text.empty()) on_text_(text);
        answer_.text += text;
        if (find_at(chunk, "payment_receipt") != nullptr) answer_.completion = std::move(chunk);
    }

    PaidAnswer& answer_;
    const Buyer::OnText& on_text_;
    EventStream events_;
    Status status_;
};

}  // namespace

CallSize size_of(const json::object& request, std::size_t body_bytes) {
    const json::value whole(request);
    CallSize size{body_bytes / k_bytes_per_token + 1, k_usual_output_tokens};
    for (const char* name : {"max_tokens", "max_completion_tokens"}) {
        if (const std::uint64_t most = number_at(whole, name); most > 0) size.output_tokens = most;
    }
    if (const std::uint64_t choices = number_at(whole, "n"); choices > 1 && choices < 1'000) {
        size.input_tokens *= choices;
        size.output_tokens *= choices;
    }
    return size;
}

Result<node::PaymentChallenge> voucher_challenge(Api& server) {
    DURE_TRY(const HttpResponse offer,
             server.exchange(boost::beast::http::verb::post, "/v1/payments/vouchers"));
    if (offer.status != 402) return error_of(offer);
    DURE_TRY(CallTerms terms, read_terms(offer));
    return std::move(terms.challenge);
}

Buyer::Buyer(ChannelBook& book, const SecretKey& key, PayerOptions options)
    : book_(book), payer_(std::make_unique<Payer>(io_, book, key, std::move(options))) {}

Buyer::~Buyer() = default;

asio::awaitable<Result<PaidAnswer>> Buyer::buy(PaidRequest request, const OnText& on_text) {
    auto beginning = payer_->begin(std::move(request));
    Result<Payer::Outcome> outcome = co_await std::move(beginning);
    if (!outcome) co_return outcome.error();
    if (const auto* refusal = std::get_if<HttpResponse>(&*outcome)) co_return error_of(*refusal);
    PaidCall& call = *std::get<std::unique_ptr<PaidCall>>(*outcome);
    PaidAnswer answer;
    StreamedText streamed(answer, on_text);
    std::string whole;
    while (true) {
        Result<std::optional<std::string>> part = co_await call.next();
        if (!part) co_return part.error();
        if (!*part) break;
        if (!call.streamed()) {
            whole += **part;
            continue;
        }
        const Status pushed = streamed.push(**part);
        if (!pushed) co_return pushed.error();
    }
    if (!call.streamed()) {
        boost::system::error_code bad;
        answer.completion = json::parse(whole, bad);
        if (bad) co_return Error{ErrorCode::internal, "the server's answer is not JSON: " + bad.message()};
        answer.text = text_of(answer.completion);
    }
    answer.voucher = call.voucher();
    answer.authorization = call.authorization();
    answer.receipt = *call.receipt();
    answer.server = call.server();
    answer.opening = call.opening();
    co_return answer;
}

Result<PaidAnswer> Buyer::ask(const std::string& path, json::object request, const OnText& on_text) {
    if (on_text) request["stream"] = true;
    PaidRequest paid{path, json::serialize(request), {}};
    paid.size = size_of(request, paid.body.size());
    std::optional<Result<PaidAnswer>> result;
    std::exception_ptr thrown;
    asio::co_spawn(io_, buy(std::move(paid), on_text),
                   [&](std::exception_ptr exception, Result<PaidAnswer> answer) {
                       thrown = exception;
                       if (!exception) result.emplace(std::move(answer));
                   });
    io_.restart();
    io_.run();
    const Status saved = payer_->save();
    if (thrown) std::rethrow_exception(thrown);
    if (!result) return Error{ErrorCode::internal, "the question was left without an answer"};
    if (*result && !saved) return saved.error();
    return *std::move(result);
}

}  // namespace dure::tools
