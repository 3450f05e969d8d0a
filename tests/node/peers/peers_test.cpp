#include "node/peers/peers.h"

#include <gtest/gtest.h>

#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <functional>
#include <optional>

#include "node/peers/hello.h"

namespace dure::node {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using namespace std::chrono_literals;

/// Runs the io_context until the condition holds; false if it does not within a generous time.
bool run_until(asio::io_context& io, const std::function<bool()>& condition,
               std::chrono::seconds limit = 20s) {
    const auto end = std::chrono::steady_clock::now() + limit;
    while (!condition()) {
        if (std::chrono::steady_clock::now() > end) return false;
        io.run_one_for(10ms);
    }
    return true;
}

PeersConfig config_of(const std::string& seed) {
    PeersConfig config{.chain_id = sha256(as_bytes("chain")), .node_key = SecretKey::from_seed(seed)};
    config.first_retry = 20ms;
    config.longest_retry = 100ms;
    config.handshake_timeout = 2s;
    config.idle_timeout = 3s;
    return config;
}

/// A bare socket on which a test misbehaves.
class RawPeer {
  public:
    RawPeer(asio::io_context& io, const std::string& endpoint) : socket_(io) {
        const auto colon = endpoint.rfind(':');
        socket_.connect({asio::ip::make_address(endpoint.substr(0, colon)),
                         static_cast<std::uint16_t>(std::stoul(endpoint.substr(colon + 1)))});
        read_more();
    }
    void send(ByteView bytes) {
        boost::system::error_code ignored;
        asio::write(socket_, asio::buffer(bytes.data(), bytes.size()), ignored);
    }
    void send_frame(ByteView body) {
        Writer writer;
        writer.number(static_cast<std::uint32_t>(body.size()));
        writer.raw(body);
        send(writer.bytes());
    }
    /// The first complete frame not yet taken.
    std::optional<Bytes> frame() {
        Reader reader(received_);
        std::uint32_t length = 0;
        ByteView body;
        if (!reader.number(length) || !reader.take(length, body)) return std::nullopt;
        Bytes taken = to_bytes(body);
        received_.erase(received_.begin(),
                        received_.begin() + static_cast<std::ptrdiff_t>(reader.position()));
        return taken;
    }
    bool closed() const { return closed_; }
    /// Goes through the hello with this key.
    bool shake_hands(asio::io_context& io, const SecretKey& key, const Hash& chain_id) {
        Hello own;
        own.chain_id = chain_id;
        own.node = key.account();
        own.nonce = sha256(key.account().key);
        send_frame(encode(own));
        std::optional<Bytes> first;
        if (!run_until(io, [&] { return (first = frame()).has_value(); })) return false;
        send_frame(encode(HelloProof{key.sign(hello_digest(own, decode<Hello>(*first).value()))}));
        std::optional<Bytes> second;
        return run_until(io, [&] { return (second = frame()).has_value() || closed_; }) && second.has_value();
    }

  private:
    void read_more() {
        socket_.async_read_some(asio::buffer(buffer_),
                                [this](const boost::system::error_code& error, std::size_t count) {
                                    received_.insert(received_.end(), buffer_.begin(),
                                                     buffer_.begin() + static_cast<std::ptrdiff_t>(count));
                                    if (error) {
                                        closed_ = true;
                                    } else {
                                        read_more();
                                    }
                                });
    }
    tcp::socket socket_;
    std::array<std::uint8_t, 4096> buffer_{};
    Bytes received_;
    bool closed_ = false;
};

struct Node {
    Node(asio::io_context& io, PeersConfig config) : peers(io, std::move(config)) {
        peers.on<ChainStatus>([this](const Account& from, const ChainStatus& status) {
            heard.emplace_back(from, status.height.value);
        });
    }
    Peers peers;
    std::vector<std::pair<Account, std::uint64_t>> heard;
};

ChainStatus status_of(std::uint64_t height) {
    return {.height = {height}, .block = {}};
}

TEST(Peers, ProveThemselvesAndExchangeMessages) {
    asio::io_context io;
    Node a(io, config_of("a"));
    ASSERT_TRUE(a.peers.start());
    auto config = config_of("b");
    config.peers = {a.peers.endpoint()};
    Node b(io, config);
    ASSERT_TRUE(b.peers.start());
    ASSERT_TRUE(run_until(
        io, [&] { return a.peers.is_connected(b.peers.self()) && b.peers.is_connected(a.peers.self()); }));
    EXPECT_TRUE(a.peers.send(b.peers.self(), status_of(5)));
    b.peers.broadcast(status_of(6));
    ASSERT_TRUE(run_until(io, [&] { return a.heard.size() == 1 && b.heard.size() == 1; }));
    EXPECT_EQ(b.heard.front(), std::pair(a.peers.self(), std::uint64_t{5}));
    EXPECT_EQ(a.heard.front(), std::pair(b.peers.self(), std::uint64_t{6}));
    EXPECT_FALSE(a.peers.send(SecretKey::from_seed("nobody").account(), status_of(1)));
}

TEST(Peers, LinesComeBackWhenTheOtherSideDoes) {
    asio::io_context io;
    auto a = std::make_unique<Node>(io, config_of("a"));
    ASSERT_TRUE(a->peers.start());
    const std::string endpoint = a->peers.endpoint();
    auto config = config_of("b");
    config.peers = {endpoint};
    Node b(io, config);
    int lost = 0;
    b.peers.on_disconnected([&](const Account&) { ++lost; });
    ASSERT_TRUE(b.peers.start());
    ASSERT_TRUE(run_until(io, [&] { return b.peers.connected().size() == 1; }));
    a.reset();
    ASSERT_TRUE(run_until(io, [&] { return b.peers.connected().empty(); }));
    EXPECT_EQ(lost, 1);
    auto again = config_of("a");
    again.listen = endpoint;
    a = std::make_unique<Node>(io, again);
    ASSERT_TRUE(a->peers.start());
    EXPECT_TRUE(
        run_until(io, [&] { return b.peers.connected().size() == 1 && a->peers.connected().size() == 1; }));
}

TEST(Peers, TwoThatDialEachOtherKeepOneLine) {
    asio::io_context io;
    Node a(io, config_of("a"));
    ASSERT_TRUE(a.peers.start());
    auto config = config_of("b");
    config.peers = {a.peers.endpoint()};
    Node b(io, config);
    ASSERT_TRUE(b.peers.start());
    a.peers.learn(b.peers.self(), b.peers.endpoint());
    ASSERT_TRUE(
        run_until(io, [&] { return a.peers.connected().size() == 1 && b.peers.connected().size() == 1; }));
    std::uint64_t sent = 0;
    // Whichever line wins, messages go on getting through.
    ASSERT_TRUE(run_until(io, [&] {
        a.peers.send(b.peers.self(), status_of(++sent));
        return b.heard.size() > 20 && a.peers.connected().size() == 1 && b.peers.connected().size() == 1;
    }));
}

TEST(Peers, LearnOfEachOtherFromOthers) {
    asio::io_context io;
    Node a(io, config_of("a"));
    ASSERT_TRUE(a.peers.start());
    auto config = config_of("b");
    config.peers = {a.peers.endpoint()};
    Node b(io, config);
    ASSERT_TRUE(b.peers.start());
    config = config_of("c");
    config.peers = {a.peers.endpoint()};
    Node c(io, config);
    ASSERT_TRUE(c.peers.start());
    EXPECT_TRUE(run_until(
        io, [&] { return b.peers.is_connected(c.peers.self()) && c.peers.is_connected(b.peers.self()); }));
}

TEST(Peers, ThoseOfAnotherChainAreNotLetIn) {
    asio::io_context io;
    Node a(io, config_of("a"));
    ASSERT_TRUE(a.peers.start());
    RawPeer raw(io, a.peers.endpoint());
    EXPECT_FALSE(raw.shake_hands(io, SecretKey::from_seed("x"), sha256(as_bytes("another chain"))));
    EXPECT_TRUE(raw.closed());
    EXPECT_TRUE(a.peers.connected().empty());
}

TEST(Peers, GarbageInsteadOfAHelloIsCutOff) {
    asio::io_context io;
    Node a(io, config_of("a"));
    ASSERT_TRUE(a.peers.start());
    for (const Bytes& garbage : {Bytes(600, 0xff), Bytes(600, 0x00),
                                 Bytes{16, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16}}) {
        RawPeer raw(io, a.peers.endpoint());
        raw.send(garbage);
        EXPECT_TRUE(run_until(io, [&] { return raw.closed(); }));
    }
    RawPeer silent(io, a.peers.endpoint());
    EXPECT_TRUE(run_until(io, [&] { return silent.closed(); })) << "who says nothing is not waited for";
    EXPECT_TRUE(a.peers.connected().empty());
}

TEST(Peers, GarbageFramesCutTheSenderOffAndKeepItOut) {
    asio::io_context io;
    Node a(io, config_of("a"));
    ASSERT_TRUE(a.peers.start());
    const Hash chain = config_of("a").chain_id;
    const Bytes unknown_type{200, 1, 2, 3};
    Bytes trailing = encode(Message(status_of(1)));
    trailing.push_back(0);
    const Bytes truncated{8, 1, 2};
    int number = 0;
    for (const Bytes& body : {unknown_type, trailing, truncated, Bytes{}}) {
        const SecretKey key = SecretKey::from_seed("bad" + std::to_string(++number));
        RawPeer raw(io, a.peers.endpoint());
        ASSERT_TRUE(raw.shake_hands(io, key, chain));
        ASSERT_TRUE(run_until(io, [&] { return a.peers.is_connected(key.account()); }));
        raw.send_frame(body);
        raw.send(Bytes(8, 0));  // so that the header of an empty frame is complete
        EXPECT_TRUE(run_until(io, [&] { return raw.closed() && !a.peers.is_connected(key.account()); }))
            << number;
        RawPeer back(io, a.peers.endpoint());
        back.shake_hands(io, key, chain);
        EXPECT_TRUE(run_until(io, [&] { return back.closed(); })) << "it is kept out for a while";
        EXPECT_FALSE(a.peers.is_connected(key.account()));
    }
    EXPECT_TRUE(a.heard.empty());
}

TEST(Peers, AFrameAboveItsTypesLimitIsRefusedByItsHeader) {
    asio::io_context io;
    Node a(io, config_of("a"));
    ASSERT_TRUE(a.peers.start());
    const SecretKey key = SecretKey::from_seed("x");
    RawPeer raw(io, a.peers.endpoint());
    ASSERT_TRUE(raw.shake_hands(io, key, config_of("a").chain_id));
    Writer header;
    header.number(static_cast<std::uint32_t>(k_max_small_message_bytes + 1));
    header.number(static_cast<std::uint8_t>(k_message_tag<ChainStatus>));
    raw.send(header.bytes());
    EXPECT_TRUE(run_until(io, [&] { return raw.closed(); }));
}

TEST(Peers, AnImpostorDoesNotGetIn) {
    asio::io_context io;
    Node a(io, config_of("a"));
    ASSERT_TRUE(a.peers.start());
    RawPeer raw(io, a.peers.endpoint());
    Hello claim;
    claim.chain_id = config_of("a").chain_id;
    claim.node = SecretKey::from_seed("victim").account();
    raw.send_frame(encode(claim));
    std::optional<Bytes> first;
    ASSERT_TRUE(run_until(io, [&] { return (first = raw.frame()).has_value(); }));
    raw.send_frame(encode(HelloProof{
        SecretKey::from_seed("impostor").sign(hello_digest(claim, decode<Hello>(*first).value()))}));
    EXPECT_TRUE(run_until(io, [&] { return raw.closed(); }));
    EXPECT_TRUE(a.peers.connected().empty());
}

TEST(Peers, AHandlerMayCutThePeerOffAndGoAway) {
    asio::io_context io;
    Node a(io, config_of("a"));
    ASSERT_TRUE(a.peers.start());
    auto config = config_of("b");
    config.peers = {a.peers.endpoint()};
    Node b(io, config);
    ASSERT_TRUE(b.peers.start());
    std::uint64_t handle = 0;
    int calls = 0;
    handle = a.peers.on<BlockRequest>([&](const Account& from, const BlockRequest&) {
        ++calls;
        a.peers.off(handle);
        a.peers.misbehaved(from, "for the test's sake");
    });
    ASSERT_TRUE(run_until(io, [&] { return b.peers.connected().size() == 1; }));
    b.peers.send(a.peers.self(), BlockRequest{});
    EXPECT_TRUE(run_until(io, [&] { return a.peers.connected().empty() && b.peers.connected().empty(); }));
    EXPECT_EQ(calls, 1);
}

TEST(Peers, AnAddressInUseIsAnError) {
    asio::io_context io;
    Node a(io, config_of("a"));
    ASSERT_TRUE(a.peers.start());
    auto config = config_of("b");
    config.listen = a.peers.endpoint();
    Node b(io, config);
    const auto started = b.peers.start();
    ASSERT_FALSE(started);
    EXPECT_EQ(started.error().code, ErrorCode::io);
    config.listen = "nonsense";
    Node c(io, config);
    EXPECT_EQ(c.peers.start().error().code, ErrorCode::malformed);
}

}  // namespace
}  // namespace dure::node
