// Asking one server: its price, the voucher, what it says to that.
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <charconv>

#include "tools/dure/api.h"
#include "tools/dure/paying/payer_core.h"

namespace dure::tools {

namespace asio = boost::asio;
namespace http = boost::beast::http;

using Clock = std::chrono::steady_clock;

namespace {

/// A server follows the chain on its own: it may learn of a channel a little later than the node that we asked.
constexpr unsigned k_tries_max = 24;
constexpr std::chrono::milliseconds k_fresh_pause{250};
constexpr std::chrono::seconds k_busy_pause{1};  // unless the server says how long

std::chrono::milliseconds retry_after(const HttpResponse& response) {
    const std::string_view text = response.header("retry-after");
    unsigned seconds = 0;
    const auto [end, bad] = std::from_chars(text.data(), text.data() + text.size(), seconds);
    if (text.empty() || bad != std::errc() || end != text.data() + text.size()) return k_busy_pause;
    return std::chrono::seconds(std::min(seconds, 3'600U));
}

/// What another server would say to the same request, too.
bool faults_the_request(unsigned status) {
    return status == 400 || status == 413 || status == 415 || status == 422;
}

}  // namespace

HttpAsk Payer::Core::http_ask(const PaidRequest& request, std::chrono::milliseconds patience) {
    HttpAsk ask;
    ask.method = http::verb::post;
    ask.target = request.path;
    ask.body = request.body;
    ask.headers = {{"content-type", "application/json"}};
    ask.patience = patience;
    return ask;
}

Payer::Core::Attempt Payer::Core::unanswered(const ServerOffer& offer, HttpResponse response) {
    Attempt attempt;
    if (faults_the_request(response.status)) {
        attempt.refusal = std::move(response);
        return attempt;
    }
    attempt.failure = with_context(error_of(response), offer.url);
    if (response.status == 402) attempt.failure->code = ErrorCode::unavailable;  // not for want of coins
    if (response.status == 429 || response.status == 503) attempt.busy = retry_after(response);
    return attempt;
}

Status Payer::Core::check_terms(const ServerOffer& offer, const CallTerms& terms) const {
    if (!chain_id_ || terms.chain_id != *chain_id_)
        return Error{ErrorCode::invalid,
                     offer.url + " wants to be paid on another chain (" + terms.chain_id.hex() + ")"};
    if (terms.server != offer.server)
        return Error{ErrorCode::invalid, offer.url +
                                             " wants another account to be paid than the one that the chain "
                                             "lists there: " +
                                             terms.server.address()};
    if (terms.prices.input > offer.price_per_input_token ||
        terms.prices.output > offer.price_per_output_token) {
        return Error{ErrorCode::invalid, offer.url + " asks for " + to_text(terms.prices.input) + " and " +
                                             to_text(terms.prices.output) + " DURE a token, but registered " +
                                             to_text(offer.price_per_input_token) + " and " +
                                             to_text(offer.price_per_output_token)};
    }
    if (terms.minimum_cover > terms.maximum_cost || terms.maximum_cost.value > k_max_supply)
        return Error{ErrorCode::invalid, offer.url + " asks for a cover that makes no sense"};
    return {};
}

Payer::Core::Task<Payer::Core::Attempt> Payer::Core::ask(ServerOffer offer, PaidRequest request) {
    Attempt attempt;
    const Result<Url> url = Url::parse(offer.url);
    if (!url) {
        attempt.failure = url.error();
        co_return attempt;
    }
    auto quoting = pool.request(*url, http_ask(request, options.patience));
    Result<HttpResponse> quote = co_await std::move(quoting);
    if (!quote) {
        attempt.failure = quote.error();
        co_return attempt;
    }
    if (quote->status != 402) {
        if (quote->status >= 200 && quote->status < 300) {
            attempt.failure = Error{ErrorCode::invalid, offer.url + " answers without asking for payment"};
            co_return attempt;
        }
        co_return unanswered(offer, *std::move(quote));
    }
    Result<CallTerms> terms = read_terms(*quote);
    if (!terms) {
        attempt.failure = with_context(terms.error(), offer.url);
        co_return attempt;
    }
    Paying paying{*std::move(terms), {}, 0, {}};
    while (true) {
        const Status sane = check_terms(offer, paying.terms);
        if (!sane) {
            attempt.failure = sane.error();
            co_return attempt;
        }
        auto paid = pay(offer, *url, request, paying);
        std::optional<Attempt> result = co_await std::move(paid);
        if (result) co_return *std::move(result);
    }
}

Payer::Core::Task<std::optional<Payer::Core::Attempt>> Payer::Core::pay(const ServerOffer& offer,
                                                                        const Url& url,
                                                                        const PaidRequest& request,
                                                                        Paying& paying) {
    Attempt attempt;
    const CallTerms& terms = paying.terms;
    const Coin most = terms.maximum_cost;
    const Coin cover = std::min(most, std::max(terms.minimum_cover, options.advance));
    const auto budget_says = [&](const Error& error) {
        attempt.failure = error;
        attempt.budget = true;
        return std::move(attempt);
    };
    // Before a channel is opened for it.
    Budget budget = book.budget;
    if (const auto room = budget.hold(today(), most); !room) co_return budget_says(room.error());
    auto finding = channel_for(offer.server, cover, paying.opening);
    const Result<Hash> channel = co_await std::move(finding);
    if (!channel) {
        attempt.failure = channel.error();
        attempt.budget = channel.error().code == ErrorCode::insufficient;
        co_return std::move(attempt);
    }
    AsyncLock::Guard sending = co_await locks(offer.server).sending.take(io);
    const OwnChannel* const own = book.find(*channel);
    if (own == nullptr || own->deposit < till.deposit_needed(*own, cover)) {
        // Another call was quicker with what the channel holds.
        if (++paying.tries <= k_tries_max) co_return std::nullopt;
    }
    Result<Hold> hold = till.promise(*channel, most, cover, today(), paying.at_least);
    if (!hold) {
        attempt.failure = with_context(hold.error(), offer.url);
        attempt.budget = hold.error().code == ErrorCode::insufficient;
        co_return std::move(attempt);
    }
    const Status kept = co_await commit();
    if (!kept) {
        till.refuse(*hold);
        attempt.failure = kept.error();
        co_return std::move(attempt);
    }
    auto state = std::make_unique<PaidCall::State>();
    state->core = shared_from_this();
    state->offer = offer;
    state->url = url;
    state->path = request.path;
    state->body = request.body;
    state->terms = terms;
    state->hold = *hold;
    state->opening = paying.opening;
    state->began = Clock::now();
    state->sign();
    HttpAsk ask = http_ask(request, options.patience);
    ask.headers.emplace_back("authorization", state->authorization);
    ask.on_sent = [&sending] { sending.release(); };
    auto call = std::make_unique<PaidCall>(std::move(state));
    PaidCall::State& s = call->state();
    auto beginning = pool.begin(url, std::move(ask));
    Result<std::unique_ptr<HttpExchange>> exchange = co_await std::move(beginning);
    sending.release();
    attempt.reported = true;
    if (!exchange) {
        s.close(CallEnd::lost, exchange.error().message);
        attempt.failure = exchange.error();
        co_return std::move(attempt);
    }
    s.exchange = *std::move(exchange);
    s.head = s.exchange->head();
    if (s.head.status >= 200 && s.head.status < 300) {
        auto reading = begin_reading(s);
        const Status begun = co_await std::move(reading);
        if (begun) {
            market.answered(offer.server,
                            std::chrono::duration_cast<std::chrono::milliseconds>(*s.first - s.began));
            attempt.call = std::move(call);
        } else {
            s.close(CallEnd::lost, begun.error().message);
            attempt.failure = with_context(begun.error(), offer.url);
        }
        co_return std::move(attempt);
    }
    auto rest = s.exchange->whole();
    Result<HttpResponse> response = co_await std::move(rest);
    s.exchange.reset();
    if (!response) {
        s.close(CallEnd::lost, response.error().message);
        attempt.failure = response.error();
        co_return std::move(attempt);
    }
    // Its own word that it answers nothing and charges nothing.
    if (response->status == 402 && ++paying.tries <= k_tries_max) {
        till.refuse(s.hold);
        s.closed = true;
        changed = true;
        auto mending = mend(offer.server, *channel, *response, paying);
        if (co_await std::move(mending)) co_return std::nullopt;
        attempt.reported = false;
    } else {
        s.close(CallEnd::refused, error_of(*response).message);
    }
    co_return unanswered(offer, *std::move(response));
}

Payer::Core::Task<bool> Payer::Core::mend(const Account& server, const Hash& channel,
                                          const HttpResponse& response, Paying& paying) {
    const PaymentProblem problem = read_problem(response.body);
    Result<CallTerms> fresh = read_terms(response);
    if (!fresh) co_return false;
    paying.terms = *std::move(fresh);
    paying.at_least = {};
    if (problem.code == "voucher-lowered" || problem.code == "voucher-replayed") co_return true;
    if (problem.code == "insufficient-balance") {
        if (!problem.needed) co_return false;
        paying.at_least = *problem.needed;
        co_return true;
    }
    if (problem.code == "payment-expired" || problem.code == "invalid-challenge" ||
        problem.code == "payment-required")
        co_return true;
    if (problem.code == "channel-not-found" || problem.code == "amount-exceeds-deposit") {
        // It may be behind the node; or the node told us of it wrongly, long ago.
        confirmed_.erase(channel);
        co_await pause(k_fresh_pause);
        co_return true;
    }
    if (problem.code == "channel-finalized") {
        AsyncLock::Guard guard = co_await locks(server).channel.take(io);
        if (OwnChannel* const own = book.find(channel); own != nullptr) own->closing = true;
        co_return true;
    }
    co_return false;
}

Payer::Core::Task<Status> Payer::Core::begin_reading(PaidCall::State& call) {
    call.streamed = call.head.header("content-type").starts_with("text/event-stream");
    if (call.streamed) {
        Result<std::optional<std::string>> part = co_await call.read();
        if (!part) co_return part.error();
        call.first = Clock::now();
        if (!*part) co_return Error{ErrorCode::unavailable, "the answer ended before it began"};
        if ((*part)->starts_with("data: {\"error\"")) {
            const std::string text = (*part)->substr(6, (*part)->find('\n') - 6);
            boost::system::error_code bad;
            const boost::json::value value = boost::json::parse(text, bad);
            co_return Error{ErrorCode::unavailable, bad ? text : text_at(value, "error.message")};
        }
        call.ready = *std::move(*part);
        co_return Status();
    }
    auto reading = call.exchange->whole();
    Result<HttpResponse> whole = co_await std::move(reading);
    call.exchange.reset();
    if (!whole) co_return whole.error();
    call.first = Clock::now();
    const std::string_view receipt = call.head.header("payment-receipt");
    if (receipt.empty()) co_return Error{ErrorCode::invalid, "the answer came without a receipt"};
    call.texts.add(whole->body);
    const Status settled = call.settle(receipt);
    if (!settled) co_return settled;
    call.ended = true;
    call.ready = std::move(whole->body);
    co_return Status();
}

Payer::Core::Task<Status> Payer::Core::raise(PaidCall::State& call, Coin cumulative) {
    for (unsigned tries = 0; tries < k_tries_max; ++tries) {
        const Coin deposit = till.deposit_for(call.hold, cumulative, options.advance);
        {
            AsyncLock::Guard guard = co_await locks(call.offer.server).channel.take(io);
            const OwnChannel* const own = book.find(call.hold.channel);
            if (own == nullptr) co_return Error{ErrorCode::not_found, "the channel is gone"};
            if (own->deposit < deposit && cumulative.value <= own->deposit.value + call.hold.most.value) {
                auto topping = top_up(call.hold.channel, deposit);
                const Status topped = co_await std::move(topping);
                if (!topped) co_return topped;
            }
        }
        AsyncLock::Guard sending = co_await locks(call.offer.server).sending.take(io);
        const Status raised = till.raise(call.hold, cumulative, options.advance);
        if (!raised) co_return raised;
        const Status kept = co_await commit();
        if (!kept) co_return kept;
        call.sign();
        HttpAsk ask;
        ask.method = http::verb::post;
        ask.target = "/v1/payments/vouchers";
        ask.headers = {{"authorization", call.authorization}};
        ask.on_sent = [&sending] { sending.release(); };
        auto posting = pool.request(call.url, std::move(ask));
        const Result<HttpResponse> answer = co_await std::move(posting);
        sending.release();
        if (!answer) co_return answer.error();
        if (answer->status >= 200 && answer->status < 300) co_return Status();
        const PaymentProblem problem = read_problem(answer->body);
        if (problem.code == "amount-exceeds-deposit" || problem.code == "channel-not-found")
            co_await pause(k_fresh_pause);
        else if (problem.code != "voucher-lowered" && problem.code != "voucher-replayed")
            co_return error_of(*answer);
    }
    co_return Error{ErrorCode::unavailable, "the server takes no voucher for more"};
}

}  // namespace dure::tools
