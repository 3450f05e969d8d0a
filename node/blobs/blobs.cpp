#include "node/blobs/blobs.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <unordered_map>

#include "node/blobs/offload.h"

namespace dure::node {

namespace asio = boost::asio;
using Clock = std::chrono::steady_clock;

class Blobs::Core : public std::enable_shared_from_this<Core> {
  public:
    Core(asio::io_context& io, Peers& peers, BlobStore& store, BlobsConfig config)
        : io_(io),
          peers_(peers),
          store_(store),
          config_(config),
          schedule_(config.schedule),
          ticker_(io),
          disk_(1) {}

    void start() {
        for (const PeerInfo& peer : peers_.connected())
            perform(schedule_.peer_joined(peer.node, now()));
        handles_.push_back(peers_.on_connected(
            [this](const Account& peer) { perform(schedule_.peer_joined(peer, now())); }));
        handles_.push_back(peers_.on_disconnected([this](const Account& peer) {
            serving_.erase(peer);
            perform(schedule_.peer_left(peer, now()));
        }));
        handles_.push_back(peers_.on<ChunkRequest>(
            [this](const Account& from, const ChunkRequest& request) { serve(from, request); }));
        handles_.push_back(peers_.on<ChunkResponse>(
            [this](const Account& from, const ChunkResponse& response) { take(from, response); }));
    }

    void stop() {
        stopped_ = true;
        for (const std::uint64_t handle : handles_)
            peers_.off(handle);
        handles_.clear();
        ticker_.cancel();
        for (auto& [blob, waiting] : waiting_)
            waiting->settle(Error{ErrorCode::unavailable, "the node is stopping"});
        waiting_.clear();
        disk_.join();
    }

    asio::awaitable<Result<Bytes>> fetch(Hash blob, std::uint64_t max_bytes,
                                         std::chrono::milliseconds timeout) {
        const auto self = shared_from_this();
        if (stopped_) co_return Error{ErrorCode::unavailable, "the node is stopping"};
        if (store_.contains(blob)) {
            Result<Bytes> stored = co_await offload(disk_, [this, blob] { return store_.get(blob); });
            if (stored || stored.error().code == ErrorCode::io) co_return stored;
            if (stopped_) co_return Error{ErrorCode::unavailable, "the node is stopping"};
        }
        std::shared_ptr<Waiting>& place = waiting_[blob];
        if (!place) place = std::make_shared<Waiting>();
        const std::shared_ptr<Waiting> waiting = place;
        asio::steady_timer signal(io_, Clock::now() + timeout);
        waiting->signals.push_back(&signal);
        perform(schedule_.want(blob, max_bytes, now()));
        if (!waiting->result) {
            boost::system::error_code ignored;
            co_await signal.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
        }
        std::erase(waiting->signals, &signal);
        if (waiting->result) co_return *waiting->result;
        if (waiting->signals.empty() && !stopped_) {
            schedule_.cancel(blob);
            waiting_.erase(blob);
        }
        ++counters_.fetches_failed;
        co_return Error{ErrorCode::unavailable, "blob " + blob.hex() + " did not arrive within " +
                                                    std::to_string(timeout.count()) + " ms"};
    }

    asio::awaitable<Result<Hash>> put(std::shared_ptr<const Bytes> blob) {
        const auto self = shared_from_this();
        if (stopped_) co_return Error{ErrorCode::unavailable, "the node is stopping"};
        // Named, because GCC 12 destroys a closure twice that is a temporary of a co_await expression.
        auto write = [this, blob] { return store_.put(*blob); };
        co_return co_await offload(disk_, std::move(write));
    }

    BlobStore& store() { return store_; }
    const BlobsConfig& config() const { return config_; }
    BlobsCounters counters() const { return counters_; }

  private:
    /// One fetch and all who wait for it.
    struct Waiting {
        std::optional<Result<Bytes>> result;
        std::vector<asio::steady_timer*> signals;

        void settle(Result<Bytes> value) {
            result = std::move(value);
            for (asio::steady_timer* const signal : signals)
                signal->cancel();
        }
    };

    static BlobSchedule::Time now() {
        return static_cast<BlobSchedule::Time>(
            std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now().time_since_epoch()).count());
    }

    void perform(BlobSchedule::Effects effects) {
        if (stopped_) return;
        for (const BlobSchedule::Accused& accused : effects.accused) {
            ++counters_.false_chunks;
            peers_.misbehaved(accused.peer, accused.reason);
        }
        // A request that a full queue drops is asked again after its time-out.
        for (const BlobSchedule::Ask& ask : effects.asks)
            peers_.send(ask.peer, ChunkRequest{ask.blob, ask.index});
        for (BlobSchedule::GaveUp& gave_up : effects.gave_up) {
            ++counters_.fetches_failed;
            settle(gave_up.blob, std::move(gave_up.reason));
        }
        for (BlobSchedule::Completed& completed : effects.completed) {
            auto keeping = [self = shared_from_this(), blob = completed.blob,
                            bytes = std::make_shared<const Bytes>(std::move(completed.bytes))] {
                return self->keep(blob, bytes);
            };
            asio::co_spawn(io_, std::move(keeping), asio::detached);
        }
        arm();
    }

    asio::awaitable<void> keep(Hash blob, std::shared_ptr<const Bytes> bytes) {
        const auto self = shared_from_this();
        if (stopped_) co_return;
        auto write = [this, bytes] { return store_.put(*bytes); };
        const Result<Hash> stored = co_await offload(disk_, std::move(write));
        if (!stored) {
            settle(blob, stored.error());
        } else {
            DURE_ASSERT(*stored == blob);
            settle(blob, *bytes);
        }
    }

    void settle(const Hash& blob, Result<Bytes> result) {
        const auto found = waiting_.find(blob);
        if (found == waiting_.end()) return;
        const std::shared_ptr<Waiting> waiting = found->second;
        waiting_.erase(found);
        waiting->settle(std::move(result));
    }

    void arm() {
        const auto deadline = schedule_.next_deadline();
        if (!deadline || armed_) return;
        armed_ = true;
        const BlobSchedule::Time current = now();
        ticker_.expires_after(std::chrono::milliseconds(*deadline > current ? *deadline - current : 1));
        ticker_.async_wait([weak = weak_from_this()](const boost::system::error_code& failure) {
            const auto self = weak.lock();
            if (!self || failure || self->stopped_) return;
            self->armed_ = false;
            self->perform(self->schedule_.tick(now()));
        });
    }

    void take(const Account& from, const ChunkResponse& response) {
        if (!response.chunk) {
            perform(schedule_.chunk_missing(from, response.blob, response.index, now()));
            return;
        }
        ++counters_.chunks_fetched;
        if (response.chunk->proof.index != response.index) {
            peers_.misbehaved(from, "answered chunk " + std::to_string(response.index) +
                                        " of a blob with chunk " +
                                        std::to_string(response.chunk->proof.index));
            return;
        }
        perform(
            schedule_.chunk_arrived(from, response.blob, response.chunk->data, response.chunk->proof, now()));
    }

    void serve(const Account& to, const ChunkRequest& request) {
        std::size_t& busy = serving_[to];
        if (busy >= config_.max_serving_per_peer || !store_.contains(request.blob)) {
            peers_.send(to, ChunkResponse{request.blob, request.index, std::nullopt});
            return;
        }
        ++busy;
        asio::co_spawn(
            io_, [self = shared_from_this(), to, request] { return self->answer(to, request); },
            asio::detached);
    }

    asio::awaitable<void> answer(Account to, ChunkRequest request) {
        const auto self = shared_from_this();
        if (stopped_) co_return;
        Result<ProvenChunk> chunk =
            co_await offload(disk_, [this, request] { return store_.chunk(request.blob, request.index); });
        if (const auto found = serving_.find(to); found != serving_.end() && found->second > 0)
            --found->second;
        if (stopped_) co_return;
        ChunkResponse response{request.blob, request.index, std::nullopt};
        if (chunk) {
            ++counters_.chunks_served;
            response.chunk =
                Chunk{BoundedBytes<k_blob_chunk_bytes>(std::move(chunk->bytes)), std::move(chunk->proof)};
        }
        peers_.send(to, response);
    }

    asio::io_context& io_;
    Peers& peers_;
    BlobStore& store_;
    const BlobsConfig config_;
    BlobSchedule schedule_;
    asio::steady_timer ticker_;
    bool armed_ = false;
    bool stopped_ = false;
    std::unordered_map<Hash, std::shared_ptr<Waiting>, HashOfBytes> waiting_;
    std::map<Account, std::size_t> serving_;
    std::vector<std::uint64_t> handles_;
    BlobsCounters counters_;
    asio::thread_pool disk_;
};

Blobs::Blobs(asio::io_context& io, Peers& peers, BlobStore& store, BlobsConfig config)
    : core_(std::make_shared<Core>(io, peers, store, config)) {
    core_->start();
}

Blobs::~Blobs() {
    core_->stop();
}

asio::awaitable<Result<Bytes>> Blobs::fetch(Hash blob, std::uint64_t max_bytes) {
    return core_->fetch(blob, max_bytes, core_->config().fetch_timeout);
}

asio::awaitable<Result<Bytes>> Blobs::fetch(Hash blob, std::uint64_t max_bytes,
                                            std::chrono::milliseconds timeout) {
    return core_->fetch(blob, max_bytes, timeout);
}

asio::awaitable<Result<Hash>> Blobs::put(std::shared_ptr<const Bytes> blob) {
    return core_->put(std::move(blob));
}

Result<Hash> Blobs::put_now(ByteView blob) {
    return core_->store().put(blob);
}

void Blobs::drop(const Hash& blob) {
    core_->store().remove(blob);
}

std::optional<std::uint64_t> Blobs::have(const Hash& blob) const {
    const Result<std::uint64_t> size = core_->store().size(blob);
    return size ? std::optional(*size) : std::nullopt;
}

BlobStore& Blobs::store() {
    return core_->store();
}

BlobsCounters Blobs::counters() const {
    return core_->counters();
}

}  // namespace dure::node
