#include <boost/json.hpp>

#include "tools/dure/api.h"
#include "tools/dure/paying/payer_core.h"

namespace dure::tools {

namespace json = boost::json;
namespace asio = boost::asio;

using Clock = std::chrono::steady_clock;

namespace {

std::chrono::milliseconds since(Clock::time_point begin, Clock::time_point end) {
    return std::chrono::duration_cast<std::chrono::milliseconds>(end - begin);
}

}  // namespace

const char* name_of(CallEnd end) {
    switch (end) {
        case CallEnd::paid:
            return "paid";
        case CallEnd::lost:
            return "lost";
        case CallEnd::refused:
            return "refused";
        case CallEnd::cheated:
            return "cheated";
    }
    return "unknown";
}

void PaidCall::State::sign() {
    voucher = make_voucher(core->key, terms.chain_id, hold.channel, hold.promised);
    authorization = node::encode_credential({terms.challenge, core->key.account(), voucher});
}

void PaidCall::State::close(CallEnd end, const std::string& detail) {
    if (closed) return;
    closed = true;
    if (end == CallEnd::refused) core->till.refuse(hold);
    if (end == CallEnd::lost || end == CallEnd::cheated) core->till.lose(hold);
    core->changed = true;
    CallReport report;
    report.server = offer;
    report.path = path;
    report.end = end;
    report.cover = hold.cover;
    report.detail = detail;
    const Clock::time_point now = Clock::now();
    report.whole = since(began, now);
    report.first = since(began, first.value_or(now));
    if (receipt && end == CallEnd::paid) {
        report.cost = receipt->cost;
        report.input_tokens = receipt->input_tokens;
        report.output_tokens = receipt->output_tokens;
        report.inference_receipt = receipt->inference_receipt;
        report.body = std::move(body);
    }
    if (end == CallEnd::cheated) core->distrust(offer.server, detail);
    core->report(report);
}

Status PaidCall::State::settle(std::string_view header) {
    if (closed) return {};
    auto read = node::decode_receipt(header);
    Status settled =
        read ? check_signed_receipt(*read, terms.chain_id, offer.server, core->key.account(), texts)
             : Status(read.error());
    if (settled) settled = core->till.settle(hold, *read, terms.prices);
    if (!settled) {
        close(CallEnd::cheated, settled.error().message);
        return settled;
    }
    receipt = *std::move(read);
    close(CallEnd::paid, "");
    return {};
}

asio::awaitable<Status> PaidCall::State::take(ServerEvent event) {
    if (event.name == "payment-needed") {
        boost::system::error_code bad;
        const json::value value = json::parse(event.data, bad);
        const Coin needed{bad ? 0 : number_at(value, "requiredCumulative")};
        if (const auto fresh = node::decode_challenge(bad ? "" : text_at(value, "challenge")); fresh)
            terms.challenge = *fresh;
        // Where it cannot be raised, the server ends the answer after a while: the client keeps what came.
        const Status raised = co_await core->raise(*this, needed);
        if (!raised)
            ready += ": no more is paid for this answer: " + raised.error().message.substr(0, 200) + "\n\n";
        co_return Status();
    }
    if (event.data == "[DONE]") ended = true;
    if (event.data.starts_with("{")) {
        boost::system::error_code bad;
        const json::value value = json::parse(event.data, bad);
        if (!bad) texts.add(value);
        if (!bad && find_at(value, "payment_receipt") != nullptr) {
            const Status settled = settle(text_at(value, "payment_receipt"));
            if (!settled) co_return settled;
        }
    }
    ready += event.raw;
    co_return Status();
}

asio::awaitable<Result<std::optional<std::string>>> PaidCall::State::read() {
    while (true) {
        Result<std::optional<std::string>> part = co_await exchange->next();
        if (!part) co_return part.error();
        if (!*part) {
            exchange.reset();
            if (!events.rest().empty()) ready += events.rest();
            if (!ended) co_return Error{ErrorCode::unavailable, "the answer broke off before its end"};
            if (ready.empty()) co_return std::nullopt;
            co_return std::exchange(ready, {});
        }
        Result<std::vector<ServerEvent>> cut = events.push(**part);
        if (!cut) co_return cut.error();
        for (ServerEvent& event : *cut) {
            const Status taken = co_await take(std::move(event));
            if (!taken) co_return taken.error();
        }
        if (!ready.empty()) co_return std::exchange(ready, {});
    }
}

PaidCall::PaidCall(std::unique_ptr<State> state) : state_(std::move(state)) {}

PaidCall::~PaidCall() {
    if (!state_->closed) state_->close(CallEnd::lost, "the client left before the end");
}

asio::awaitable<Result<std::optional<std::string>>> PaidCall::next() {
    State& s = *state_;
    if (!s.ready.empty()) co_return std::exchange(s.ready, {});
    if (!s.exchange) co_return std::nullopt;
    Result<std::optional<std::string>> part = co_await s.read();
    if (!part) {
        s.close(CallEnd::lost, part.error().message);
        s.exchange.reset();
        co_return part.error();
    }
    if (!*part && !s.closed) {
        s.close(CallEnd::lost, "the answer came without a receipt");
        co_return Error{ErrorCode::invalid, "the answer came without a receipt"};
    }
    co_return part;
}

const HttpResponse& PaidCall::head() const {
    return state_->head;
}
bool PaidCall::streamed() const {
    return state_->streamed;
}
const std::optional<node::PaymentReceipt>& PaidCall::receipt() const {
    return state_->receipt;
}
const ServerOffer& PaidCall::server() const {
    return state_->offer;
}
const node::VoucherPayload& PaidCall::voucher() const {
    return state_->voucher;
}
const std::string& PaidCall::authorization() const {
    return state_->authorization;
}
const std::string& PaidCall::opening() const {
    return state_->opening;
}

}  // namespace dure::tools
