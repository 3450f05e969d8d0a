#include "tools/dure/paying/payer.h"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "ledger/records/channel.h"
#include "node/blobs/offload.h"
#include "tools/dure/api.h"
#include "tools/dure/paying/payer_core.h"

namespace dure::tools {

namespace asio = boost::asio;
namespace http = boost::beast::http;

using Clock = std::chrono::steady_clock;

namespace {

constexpr std::chrono::seconds k_list_age_max{30};
constexpr std::chrono::seconds k_busy_patience{30};  // for one call, with servers that have too much to do
constexpr std::chrono::seconds k_wait_max{5};        // for the next of them

std::chrono::milliseconds since_now(Clock::time_point then) {
    return std::chrono::ceil<std::chrono::milliseconds>(
        std::max(then - Clock::now(), Clock::duration::zero()));
}

}  // namespace

Payer::Core::Core(asio::io_context& context, ChannelBook& own_book, const SecretKey& signing_key,
                  PayerOptions payer_options)
    : io(context),
      book(own_book),
      key(signing_key),
      options(std::move(payer_options)),
      pool(context),
      node(context, pool, options.node),
      till(own_book),
      written_signal_(context, Clock::time_point::max()) {}

Day Payer::Core::today() const {
    return options.today ? options.today() : today_by_clock();
}

Payer::Core::ServerLocks& Payer::Core::locks(const Account& server) {
    std::unique_ptr<ServerLocks>& place = locks_[server];
    if (!place) place = std::make_unique<ServerLocks>();
    return *place;
}

Payer::Core::Task<Status> Payer::Core::commit() {
    const std::uint64_t mine = ++wanted_;
    while (written_ < mine) {
        if (writing_) {
            boost::system::error_code ignored;
            co_await written_signal_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
            continue;
        }
        writing_ = true;
        const std::uint64_t upto = wanted_;
        changed = false;
        auto work = [file = book.file(), text = book.text()] { return ChannelBook::save_text(file, text); };
        auto write = node::offload(disk_, std::move(work));
        const Status saved = co_await std::move(write);
        writing_ = false;
        if (saved) written_ = upto;
        written_signal_.cancel();
        if (!saved) co_return saved;
    }
    co_return Status();
}

void Payer::Core::report(const CallReport& report) {
    if (listener) listener(report);
}

void Payer::Core::distrust(const Account& server, const std::string& why) {
    book.distrusted[server] = why;
    market.forget(server);
    changed = true;
}

std::vector<Account> Payer::Core::funded() const {
    std::vector<Account> servers;
    for (const OwnChannel& channel : book.channels()) {
        if (channel.payer == key.account() && !channel.opens_until && chain_id_ == channel.chain_id)
            servers.push_back(channel.server);
    }
    return servers;
}

Payer::Core::Task<Status> Payer::Core::refresh(bool now) {
    const AsyncLock::Guard guard = co_await refreshing_.take(io);
    if (!now && listed_once_ && Clock::now() - listed_ < k_list_age_max) co_return Status();
    const Result<NodeStatus> status = co_await node.status();
    if (!status) {
        // What was listed before will do for a while.
        if (listed_once_ && !now) co_return Status();
        co_return with_context(status.error(), "the node at " + node.url_text());
    }
    chain_id_ = status->chain_id;
    Result<std::vector<ServerOffer>> listed = co_await node.servers();
    if (!listed) co_return listed.error();
    if (!options.servers.empty()) {
        // Named by their URLs; who they are they say themselves, and the chain what they may ask.
        std::vector<ServerOffer> named;
        for (const std::string& text : options.servers) {
            const Result<Url> url = Url::parse(text);
            if (!url) co_return url.error();
            NodeClient server(io, pool, *url);
            const Result<NodeStatus> about = co_await server.status();
            if (!about) continue;
            for (ServerOffer offer : *listed) {
                if (offer.server != about->account) continue;
                offer.url = text;
                named.push_back(std::move(offer));
                break;
            }
        }
        *listed = std::move(named);
    }
    std::erase_if(*listed, [&](const ServerOffer& offer) { return book.distrusted.contains(offer.server); });
    market.list(*listed);
    listed_ = Clock::now();
    listed_once_ = true;
    co_return Status();
}

Payer::Core::Task<void> Payer::Core::pause(std::chrono::milliseconds time) {
    asio::steady_timer timer(io, time);
    boost::system::error_code ignored;
    co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
}

Payer::Core::Task<Result<Payer::Outcome>> Payer::Core::begin(PaidRequest request) {
    const std::shared_ptr<Core> self = shared_from_this();
    const Status listed = co_await refresh(false);
    if (!listed) co_return listed.error();
    const Clock::time_point deadline = Clock::now() + k_busy_patience;
    std::set<Account> tried;
    std::optional<Error> last;
    while (tried.size() < options.attempts_max) {
        std::optional<ServerOffer> next;
        for (const ServerOffer& offer : market.ranked(Clock::now(), request.size, funded())) {
            if (tried.contains(offer.server) || book.distrusted.contains(offer.server)) continue;
            next = offer;
            break;
        }
        if (!next) {
            // All that are left are busy, or were asked a moment ago.
            const Clock::time_point back = market.next_back(Clock::now(), tried);
            if (back > Clock::now() + k_wait_max || back > deadline) break;
            co_await pause(since_now(back));
            continue;
        }
        auto asked = ask(*next, request);
        Attempt attempt = co_await std::move(asked);
        if (attempt.call) co_return Outcome(std::move(attempt.call));
        if (attempt.refusal) co_return Outcome(*std::move(attempt.refusal));
        last = std::move(attempt.failure);
        if (attempt.busy) {
            market.busy(next->server, Clock::now(), *attempt.busy);
            continue;  // it may be asked once more
        }
        tried.insert(next->server);
        if (attempt.budget) continue;  // another one may be cheaper; this one did nothing wrong
        market.failed(next->server, Clock::now(), last->message);
        if (attempt.reported) continue;
        CallReport failure;
        failure.server = *next;
        failure.path = request.path;
        failure.detail = last->message;
        report(failure);
    }
    if (last) co_return *last;
    if (market.records().empty()) {
        co_return Error{
            ErrorCode::unavailable,
            options.servers.empty()
                ? "no server that can be reached and trusted is listed at " + node.url_text()
                : std::string("none of the servers that were named answers as a server of this chain")};
    }
    std::string why;
    for (const auto& [server, record] : market.records()) {
        if (!record.last_failure.empty()) why = "; " + record.offer.url + ": " + record.last_failure;
    }
    co_return Error{ErrorCode::unavailable, "all servers failed lately and are left alone for a while" + why};
}

// ---- Payer

Payer::Payer(asio::io_context& io, ChannelBook& book, const SecretKey& key, PayerOptions options)
    : core_(std::make_shared<Core>(io, book, key, std::move(options))) {}
Payer::~Payer() {
    core_->listener = {};  // calls may end after this
}

asio::awaitable<Result<Payer::Outcome>> Payer::begin(PaidRequest request) {
    return core_->begin(std::move(request));
}

asio::awaitable<Result<HttpResponse>> Payer::ask_freely(std::string target) {
    const std::shared_ptr<Core> core = core_;
    const Status listed = co_await core->refresh(false);
    if (!listed) co_return listed.error();
    const std::vector<ServerOffer> ranked = core->market.ranked(Clock::now(), {1, 1}, {});
    Error last{ErrorCode::unavailable, "no server can be asked now"};
    for (const ServerOffer& offer : ranked) {
        const Result<Url> url = Url::parse(offer.url);
        if (!url) continue;
        HttpAsk ask;
        ask.target = target;
        auto asked = core->pool.request(*url, std::move(ask));
        Result<HttpResponse> answer = co_await std::move(asked);
        if (answer) co_return answer;
        last = answer.error();
    }
    co_return last;
}

asio::awaitable<Status> Payer::refresh(bool now) {
    return core_->refresh(now);
}
const Market& Payer::market() const {
    return core_->market;
}
const ChannelBook& Payer::book() const {
    return core_->book;
}
Account Payer::account() const {
    return core_->key.account();
}
std::chrono::milliseconds Payer::next_chance() const {
    const auto now = Clock::now();
    const auto back = core_->market.next_back(now);
    if (back == Clock::time_point::max()) return std::chrono::milliseconds(1'000);
    return std::chrono::duration_cast<std::chrono::milliseconds>(back - now);
}
void Payer::distrust(const Account& server, const std::string& why) {
    core_->distrust(server, why);
}
asio::awaitable<Result<Hash>> Payer::send(ledger::Payload payload) {
    const std::shared_ptr<Core> core = core_;
    auto sending = core->send_own(std::move(payload));
    co_return co_await std::move(sending);
}
void Payer::on_report(std::function<void(const CallReport&)> listener) {
    core_->listener = std::move(listener);
}
Status Payer::save() {
    return core_->book.save();
}
asio::awaitable<Status> Payer::save_if_changed() {
    const std::shared_ptr<Core> core = core_;
    if (!core->changed) co_return Status();
    co_return co_await core->commit();
}

}  // namespace dure::tools
