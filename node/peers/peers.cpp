#include "node/peers/peers.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <array>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <map>
#include <optional>
#include <set>

#include "node/peers/as_tuple.h"
#include "node/peers/connection.h"

namespace dure::node {

namespace asio = boost::asio;
using asio::ip::tcp;

namespace {

SteadyTime now() {
    return std::chrono::steady_clock::now();
}

/// A node that is dialled when there is no line to it.
struct Target {
    std::string endpoint;
    std::optional<Account> node;  ///< known from the ledger, from a peer, or from the last hello
    bool configured = false;
    bool dialling = false;
    unsigned failures = 0;
    SteadyTime next_attempt{};
};

}  // namespace

class Peers::Core : public std::enable_shared_from_this<Peers::Core> {
  public:
    using Handler = std::function<void(const Account&, const Message&)>;
    using Line = std::shared_ptr<Connection>;

    Core(asio::io_context& io, PeersConfig config)
        : config_(std::move(config)), io_(io), acceptor_(io), tick_(io) {}

    Status start();
    void stop();
    std::string endpoint() const { return endpoint_; }
    const PeersConfig& config() const { return config_; }

    std::uint64_t add_handler(std::size_t tag, Handler handler) {
        handlers_[tag].emplace_back(++last_handle_, std::make_shared<Handler>(std::move(handler)));
        return last_handle_;
    }
    std::uint64_t add_watcher(bool connected, std::function<void(const Account&)> watcher) {
        (connected ? connected_watchers_ : disconnected_watchers_)
            .emplace(++last_handle_, std::move(watcher));
        return last_handle_;
    }
    void off(std::uint64_t handle);

    bool send(const Account& peer, const Message& message);
    void broadcast(const Message& message, const Account* except);
    void misbehaved(const Account& peer, const std::string& reason);
    void learn(const Account& node, const std::string& endpoint, bool trusted);
    std::vector<PeerInfo> connected() const;
    bool is_connected(const Account& peer) const { return lines_.contains(peer); }
    PeersCounters counters() const;

  private:
    asio::awaitable<void> accept_lines();
    asio::awaitable<void> maintain();
    asio::awaitable<void> dial(std::shared_ptr<Target> target);
    /// Runs a line from hello to end; true if it was established.
    asio::awaitable<bool> run(Line line, std::shared_ptr<Target> target);
    asio::awaitable<bool> serve(Line line, std::shared_ptr<Target> target);
    std::optional<std::string> establish(const Line& line);
    void dispatch(const Line& line, const Message& message);
    void queue(const Line& line, const Frame& frame, Priority priority);
    void answer_peer_list(const Line& line);
    void notify(const std::map<std::uint64_t, std::function<void(const Account&)>>& watchers,
                const Account& peer);
    void tend_lines();
    void dial_due();
    bool is_banned(const Account& node);
    template <class F>
    void spawn(F coroutine) {
        asio::co_spawn(io_, std::move(coroutine), asio::detached);
    }

    const PeersConfig config_;
    asio::io_context& io_;
    tcp::acceptor acceptor_;
    asio::steady_timer tick_;
    std::string endpoint_;
    bool stopped_ = false;

    std::set<Line> open_;            // all, until they have ended
    std::set<Line> greeting_;        // connected, not yet proven
    std::map<Account, Line> lines_;  // proven
    std::map<std::string, std::shared_ptr<Target>> targets_;
    std::map<Account, SteadyTime> bans_;
    PeersCounters counters_;  // bytes: of lines that have ended

    std::uint64_t last_handle_ = 0;
    std::array<std::vector<std::pair<std::uint64_t, std::shared_ptr<Handler>>>, std::variant_size_v<Message>>
        handlers_;
    std::map<std::uint64_t, std::function<void(const Account&)>> connected_watchers_;
    std::map<std::uint64_t, std::function<void(const Account&)>> disconnected_watchers_;
};

Status Peers::Core::start() {
    for (const std::string& peer : config_.peers) {
        DURE_CHECK(parse_endpoint(peer));
        targets_.emplace(peer,
                         std::make_shared<Target>(Target{.endpoint = peer, .node = {}, .configured = true}));
    }
    if (!config_.listen.empty()) {
        DURE_TRY(const HostPort parsed, parse_endpoint(config_.listen));
        boost::system::error_code error;
        const auto address = asio::ip::make_address(parsed.host, error);
        if (error)
            return Error{ErrorCode::malformed, "cannot listen on " + config_.listen +
                                                   ": the host must be an IP address of this machine"};
        const tcp::endpoint local(address, static_cast<std::uint16_t>(std::stoul(parsed.port)));
        acceptor_.open(local.protocol(), error);
        if (!error) acceptor_.set_option(tcp::acceptor::reuse_address(true), error);
        if (!error) acceptor_.bind(local, error);
        if (!error) acceptor_.listen(asio::socket_base::max_listen_connections, error);
        if (error)
            return Error{ErrorCode::io, "cannot listen on " + config_.listen + ": " + error.message() +
                                            ". Choose another address or port"};
        const tcp::endpoint bound = acceptor_.local_endpoint();
        const std::string host =
            bound.address().is_v6() ? "[" + bound.address().to_string() + "]" : bound.address().to_string();
        if (!bound.address().is_unspecified()) endpoint_ = host + ":" + std::to_string(bound.port());
        spawn([self = shared_from_this()] { return self->accept_lines(); });
    }
    if (!config_.advertised.empty()) endpoint_ = config_.advertised;
    spawn([self = shared_from_this()] { return self->maintain(); });
    return {};
}

void Peers::Core::stop() {
    if (stopped_) return;
    stopped_ = true;
    for (auto& kind : handlers_)
        kind.clear();
    connected_watchers_.clear();
    disconnected_watchers_.clear();
    boost::system::error_code ignored;
    acceptor_.close(ignored);
    tick_.cancel();
    for (const Line& line : greeting_)
        line->close("this node stops");
    for (const auto& [node, line] : lines_)
        line->close("this node stops");
    lines_.clear();
}

void Peers::Core::off(std::uint64_t handle) {
    for (auto& kind : handlers_)
        std::erase_if(kind, [&](const auto& handler) { return handler.first == handle; });
    connected_watchers_.erase(handle);
    disconnected_watchers_.erase(handle);
}

asio::awaitable<void> Peers::Core::accept_lines() {
    const auto self = shared_from_this();
    while (!stopped_) {
        auto stream = co_await accept_stream(acceptor_);
        if (stopped_) co_return;
        if (!stream) {
            // Out of descriptors, most likely: leave it some time.
            asio::steady_timer pause(io_, config_.first_retry);
            static_cast<void>(co_await pause.async_wait(k_as_tuple));
            continue;
        }
        const auto inbound =
            std::ranges::count_if(greeting_, [](const Line& line) { return !line->outbound; }) +
            std::ranges::count_if(lines_, [](const auto& entry) { return !entry.second->outbound; });
        if (inbound >= k_max_inbound_peers) continue;
        const auto line =
            std::make_shared<Connection>(std::move(*stream), false, now() + config_.handshake_timeout);
        spawn([self, line]() -> asio::awaitable<void> { co_await self->run(line, nullptr); });
    }
}

asio::awaitable<void> Peers::Core::maintain() {
    const auto self = shared_from_this();
    while (!stopped_) {
        tend_lines();
        dial_due();
        tick_.expires_after(config_.first_retry / 2);
        static_cast<void>(co_await tick_.async_wait(k_as_tuple));
    }
}

void Peers::Core::tend_lines() {
    const SteadyTime time = now();
    const auto overdue = [&](const Line& line) { return line->deadline <= time; };
    std::vector<Line> late;
    std::ranges::copy_if(greeting_, std::back_inserter(late), overdue);
    for (const auto& [node, line] : lines_) {
        if (overdue(line)) late.push_back(line);
    }
    for (const Line& line : late)
        line->close("nothing was heard in time");
    for (const auto& [node, line] : lines_) {
        // Asking for peers now and then is the keep-alive too.
        if (line->closed || time - line->last_asked < config_.idle_timeout / 3) continue;
        line->last_asked = time;
        queue(line, make_frame(PeerListRequest{}), Priority::normal);
    }
    std::erase_if(bans_, [&](const auto& ban) { return ban.second <= time; });
}

void Peers::Core::dial_due() {
    auto outbound = std::ranges::count_if(lines_, [](const auto& entry) { return entry.second->outbound; }) +
                    std::ranges::count_if(targets_, [](const auto& entry) { return entry.second->dialling; });
    for (const auto& [endpoint, target] : targets_) {
        if (target->dialling || target->next_attempt > now() || endpoint == endpoint_) continue;
        if (target->node && (is_connected(*target->node) || is_banned(*target->node) ||
                             *target->node == config_.node_key.account()))
            continue;
        if (!target->configured && outbound >= k_max_outbound_peers) continue;
        ++outbound;
        target->dialling = true;
        spawn([self = shared_from_this(), target = target] { return self->dial(target); });
    }
}

asio::awaitable<void> Peers::Core::dial(std::shared_ptr<Target> target) {
    const auto self = shared_from_this();
    bool established = false;
    auto stream = co_await open_stream(target->endpoint);
    if (stream && !stopped_) {
        const auto line =
            std::make_shared<Connection>(std::move(*stream), true, now() + config_.handshake_timeout);
        established = co_await run(line, target);
    }
    target->failures = established ? 0 : std::min(target->failures + 1, 16U);
    const auto pause =
        std::min(config_.longest_retry, config_.first_retry * (1U << std::min(target->failures, 10U)));
    target->next_attempt = now() + pause;
    target->dialling = false;
}

asio::awaitable<bool> Peers::Core::run(Line line, std::shared_ptr<Target> target) {
    const auto self = shared_from_this();
    open_.insert(line);
    const bool established = co_await serve(line, std::move(target));
    open_.erase(line);
    counters_.bytes_in += line->bytes_in;
    counters_.bytes_out += line->bytes_out;
    co_return established;
}

asio::awaitable<bool> Peers::Core::serve(Line line, std::shared_ptr<Target> target) {
    greeting_.insert(line);
    Hello own;
    own.chain_id = config_.chain_id;
    own.node = config_.node_key.account();
    const Bytes nonce = random_bytes(own.nonce.bytes.size());
    std::copy(nonce.begin(), nonce.end(), own.nonce.bytes.begin());
    own.endpoint = endpoint_;
    const Status hello = co_await line->shake_hands(std::move(own), config_.node_key);
    greeting_.erase(line);
    if (stopped_) co_return false;
    if (!hello) {
        line->close(hello.error().message);
        spdlog::debug("peers: {} was not accepted: {}", line->remote, line->close_reason);
        co_return false;
    }
    if (target != nullptr) target->node = line->node;
    if (const auto refusal = establish(line)) {
        line->close(*refusal);
        co_return true;
    }
    ++counters_.connections;
    spawn([line] { return line->write_queued(); });
    spdlog::debug("peers: connected to {} ({})", line->node.address(), line->remote);
    notify(connected_watchers_, line->node);

    while (!line->closed) {
        const Result<Message> message = co_await line->receive();
        if (stopped_ || line->closed) break;
        if (message) {
            line->deadline = now() + config_.idle_timeout;
            dispatch(line, *message);
        } else if (message.error().code == ErrorCode::malformed) {
            misbehaved(line->node, message.error().message);
            line->close(message.error().message);
        } else {
            line->close(message.error().message);
        }
    }
    // A newer line may have taken this one's place.
    const auto current = lines_.find(line->node);
    if (current != lines_.end() && current->second == line) {
        lines_.erase(current);
        spdlog::debug("peers: {} is gone: {}", line->node.address(), line->close_reason);
        notify(disconnected_watchers_, line->node);
    }
    co_return true;
}

/// Enters a proven line, or says why not. Of two lines between the same nodes both sides keep the one that
/// the smaller account dialled; of two dialled by the same side, the newer.
std::optional<std::string> Peers::Core::establish(const Line& line) {
    if (is_banned(line->node)) return "the peer is kept out for what it did before";
    const auto dialler = [&](const Line& one) {
        return one->outbound ? config_.node_key.account() : one->node;
    };
    const auto existing = lines_.find(line->node);
    if (existing != lines_.end()) {
        const Line old = existing->second;
        const Account smaller = std::min(config_.node_key.account(), line->node);
        if (!old->closed && dialler(old) == smaller && dialler(line) != smaller)
            return "there is a line to this peer already";
        lines_.erase(existing);
        old->close("a newer line took its place");
        notify(disconnected_watchers_, line->node);
    }
    line->deadline = now() + config_.idle_timeout;
    line->last_asked = now() - config_.idle_timeout;
    lines_.emplace(line->node, line);
    learn(line->node, line->endpoint, false);
    return std::nullopt;
}

void Peers::Core::dispatch(const Line& line, const Message& message) {
    if (std::holds_alternative<PeerListRequest>(message)) {
        answer_peer_list(line);
    } else if (const auto* list = std::get_if<PeerList>(&message)) {
        for (const ListedPeer& peer : list->peers)
            learn(peer.node, peer.endpoint, false);
    }
    const auto handlers = handlers_[message.index()];
    for (const auto& [handle, handler] : handlers) {
        const bool still =
            std::ranges::any_of(handlers_[message.index()],
                                [&, wanted = handle](const auto& one) { return one.first == wanted; });
        if (still) (*handler)(line->node, message);
    }
}

void Peers::Core::answer_peer_list(const Line& line) {
    PeerList list;
    for (const auto& [node, other] : lines_) {
        if (other == line || other->endpoint.empty() || list.peers.size() == k_max_listed_peers) continue;
        list.peers.push_back({.node = node, .endpoint = other->endpoint});
    }
    queue(line, make_frame(list), message_priority(k_message_tag<PeerList>));
}

void Peers::Core::queue(const Line& line, const Frame& frame, Priority priority) {
    if (line->queue(frame, priority) || priority != Priority::consensus) return;
    line->close("it reads too slowly for consensus messages");
}

bool Peers::Core::send(const Account& peer, const Message& message) {
    const auto found = lines_.find(peer);
    if (found == lines_.end() || found->second->closed) return false;
    return found->second->queue(make_frame(message), message_priority(message.index()));
}

void Peers::Core::broadcast(const Message& message, const Account* except) {
    if (lines_.empty()) return;
    const Frame frame = make_frame(message);
    for (const auto& [node, line] : lines_) {
        if (except == nullptr || node != *except) queue(line, frame, message_priority(message.index()));
    }
}

void Peers::Core::misbehaved(const Account& peer, const std::string& reason) {
    spdlog::warn("peers: {} is cut off for {} s: {}", peer.address(),
                 std::chrono::duration_cast<std::chrono::seconds>(config_.ban).count(), reason);
    bans_[peer] = now() + config_.ban;
    ++counters_.cut_off;
    const auto found = lines_.find(peer);
    if (found != lines_.end()) found->second->close(reason);
}

void Peers::Core::learn(const Account& node, const std::string& endpoint, bool trusted) {
    if (stopped_ || endpoint.empty() || endpoint == endpoint_ || node == config_.node_key.account() ||
        !parse_endpoint(endpoint))
        return;
    const auto known =
        std::ranges::find_if(targets_, [&](const auto& target) { return target.second->node == node; });
    if (known != targets_.end() && (!trusted || known->first == endpoint)) return;
    if (targets_.contains(endpoint) || targets_.size() >= k_max_learned_endpoints) return;
    targets_.emplace(endpoint, std::make_shared<Target>(Target{.endpoint = endpoint, .node = node}));
}

void Peers::Core::notify(const std::map<std::uint64_t, std::function<void(const Account&)>>& watchers,
                         const Account& peer) {
    const auto present = watchers;
    for (const auto& [handle, watcher] : present) {
        if (watchers.contains(handle)) watcher(peer);
    }
}

std::vector<PeerInfo> Peers::Core::connected() const {
    std::vector<PeerInfo> peers;
    for (const auto& [node, line] : lines_)
        peers.push_back({node, line->endpoint, line->outbound, line->bytes_in, line->bytes_out});
    return peers;
}

PeersCounters Peers::Core::counters() const {
    PeersCounters counters = counters_;
    for (const Line& line : open_) {
        counters.bytes_in += line->bytes_in;
        counters.bytes_out += line->bytes_out;
    }
    return counters;
}

bool Peers::Core::is_banned(const Account& node) {
    const auto ban = bans_.find(node);
    return ban != bans_.end() && ban->second > now();
}

Peers::Peers(asio::io_context& io, PeersConfig config)
    : core_(std::make_shared<Core>(io, std::move(config))) {}
Peers::~Peers() {
    core_->stop();
}

Status Peers::start() {
    return core_->start();
}
void Peers::stop() {
    core_->stop();
}
const Account& Peers::self() const {
    return core_->config().node_key.account();
}
std::string Peers::endpoint() const {
    return core_->endpoint();
}
std::uint64_t Peers::on_connected(std::function<void(const Account&)> handler) {
    return core_->add_watcher(true, std::move(handler));
}
std::uint64_t Peers::on_disconnected(std::function<void(const Account&)> handler) {
    return core_->add_watcher(false, std::move(handler));
}
void Peers::off(std::uint64_t handle) {
    core_->off(handle);
}
bool Peers::send(const Account& peer, const Message& message) {
    return core_->send(peer, message);
}
void Peers::broadcast(const Message& message, const Account* except) {
    core_->broadcast(message, except);
}
void Peers::misbehaved(const Account& peer, const std::string& reason) {
    core_->misbehaved(peer, reason);
}
void Peers::learn(const Account& node, const std::string& endpoint) {
    core_->learn(node, endpoint, true);
}
std::vector<PeerInfo> Peers::connected() const {
    return core_->connected();
}
PeersCounters Peers::counters() const {
    return core_->counters();
}
bool Peers::is_connected(const Account& peer) const {
    return core_->is_connected(peer);
}
std::uint64_t Peers::add_handler(std::size_t tag,
                                 std::function<void(const Account&, const Message&)> handler) {
    return core_->add_handler(tag, std::move(handler));
}

}  // namespace dure::node
