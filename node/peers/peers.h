// The node's connections to others: TCP, a hello that proves each side's node key for this chain, then
// length-limited frames of one Message each (docs/protocol/wire.md).
//
// Promises: only messages of peers that proved their key on this chain reach a handler; every queue has a
// bound, and agreement is never queued behind bulk data; a peer that breaks the protocol is cut off with a
// stated reason and kept out for a while. Lines are kept up: a lost one is dialled again with growing pauses.
// At most one connection per node account.
//
// What it does not do: judge the contents of messages (their handlers do, and say `misbehaved`), encrypt (the
// stream is made in one place, node/peers/stream.h, where TLS will go), deliver for sure: a queue that is
// full drops bulk data first.
//
// Everything runs on the one io_context, by its single thread.
#pragma once

#include <boost/asio/io_context.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/keys.h"
#include "base/result.h"
#include "node/peers/messages.h"

namespace dure::node {

inline constexpr std::ptrdiff_t k_max_inbound_peers = 64;
inline constexpr std::ptrdiff_t k_max_outbound_peers = 32;
inline constexpr std::size_t k_max_learned_endpoints = 1'024;
/// Waiting bytes per peer and priority; above it the newest message is dropped (bulk, normal) or the peer cut
/// off (consensus).
inline constexpr std::size_t k_max_queued_consensus_bytes = 4 * k_max_proposal_message_bytes;
inline constexpr std::size_t k_max_queued_normal_bytes = 2 * k_max_block_message_bytes;
inline constexpr std::size_t k_max_queued_bulk_bytes = 2 * k_max_range_message_bytes;

struct PeersConfig {
    Hash chain_id;
    SecretKey node_key;
    std::string listen = "127.0.0.1:0";  ///< "host:port"; port 0 takes a free one; empty: no inbound
    std::string advertised{};            ///< what others are told; empty: the bound address
    std::vector<std::string> peers{};    ///< "host:port" to keep a line to
    std::chrono::milliseconds handshake_timeout{5'000};
    std::chrono::milliseconds idle_timeout{30'000};  ///< nothing received for so long: the line is dead
    std::chrono::milliseconds first_retry{200};
    std::chrono::milliseconds longest_retry{10'000};
    std::chrono::milliseconds ban{60'000};  ///< how long one who misbehaved is kept out
};

struct PeerInfo {
    Account node;
    std::string endpoint;  ///< where it says it listens; may be empty
    bool outbound = false;
    std::uint64_t bytes_in = 0;
    std::uint64_t bytes_out = 0;
};

/// Since the start; they only grow.
struct PeersCounters {
    std::uint64_t connections = 0;  ///< with peers that proved themselves
    std::uint64_t cut_off = 0;      ///< for misbehaviour
    std::uint64_t bytes_in = 0;     ///< of all lines that ever were, refused ones too
    std::uint64_t bytes_out = 0;
};

class Peers {
  public:
    Peers(boost::asio::io_context& io, PeersConfig config);
    ~Peers();  ///< closes everything; no handler is called any more
    Peers(const Peers&) = delete;
    Peers& operator=(const Peers&) = delete;

    /// Binds, listens and begins to dial. Errors: `io` (the address is taken), `malformed` (not an address).
    Status start();
    /// Closes the listener and all connections. Also run by the destructor.
    void stop();

    const Account& self() const;
    /// What others are told to dial, known after start; empty without a listener.
    std::string endpoint() const;

    /// Calls `handler(from, message)` for each message of type M; several handlers for one type are called in
    /// the order of their registration. The handle is for `off`.
    template <class M, class F>
    std::uint64_t on(F handler) {
        return add_handler(k_message_tag<M>,
                           [f = std::move(handler)](const Account& from, const Message& message) {
                               f(from, std::get<M>(message));
                           });
    }
    /// Called when a peer has proven itself, and when its line is closed.
    std::uint64_t on_connected(std::function<void(const Account&)> handler);
    std::uint64_t on_disconnected(std::function<void(const Account&)> handler);
    /// Takes a handler away (of any kind).
    void off(std::uint64_t handle);

    /// False if there is no line to that peer, or its queue is full.
    bool send(const Account& peer, const Message& message);
    /// To every connected peer but `except`; encoded once.
    void broadcast(const Message& message, const Account* except = nullptr);

    /// Cuts a peer off and keeps it out for `config.ban`.
    void misbehaved(const Account& peer, const std::string& reason);

    /// An endpoint at which a node is said to listen (from the ledger's registered peers): dialled when there
    /// is room.
    void learn(const Account& node, const std::string& endpoint);

    std::vector<PeerInfo> connected() const;
    bool is_connected(const Account& peer) const;
    PeersCounters counters() const;

  private:
    std::uint64_t add_handler(std::size_t tag, std::function<void(const Account&, const Message&)> handler);

    class Core;
    std::shared_ptr<Core> core_;
};

}  // namespace dure::node
