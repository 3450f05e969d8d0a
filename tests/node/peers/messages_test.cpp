#include "node/peers/messages.h"

#include <gtest/gtest.h>

#include "node/peers/hello.h"
#include "node/peers/send_queue.h"
#include "node/peers/stream.h"

namespace dure::node {
namespace {

TEST(Messages, TheirNumbersOnTheWireAreFixed) {
    EXPECT_EQ(k_message_tag<protocol::Proposal>, 0U);
    EXPECT_EQ(k_message_tag<protocol::SignedVote>, 1U);
    EXPECT_EQ(k_message_tag<protocol::Certificate>, 2U);
    EXPECT_EQ(k_message_tag<Transactions>, 3U);
    EXPECT_EQ(k_message_tag<BlockRequest>, 4U);
    EXPECT_EQ(k_message_tag<BlockResponse>, 5U);
    EXPECT_EQ(k_message_tag<RangeRequest>, 6U);
    EXPECT_EQ(k_message_tag<RangeResponse>, 7U);
    EXPECT_EQ(k_message_tag<ChainStatus>, 8U);
    EXPECT_EQ(k_message_tag<ChunkRequest>, 9U);
    EXPECT_EQ(k_message_tag<ChunkResponse>, 10U);
    EXPECT_EQ(k_message_tag<PeerListRequest>, 11U);
    EXPECT_EQ(k_message_tag<PeerList>, 12U);
    EXPECT_EQ(std::variant_size_v<Message>, 13U);
    EXPECT_EQ(message_limit(13), 0U);
}

TEST(Messages, TheLargestOfEachKindFitsItsLimit) {
    ChunkResponse chunk;
    chunk.chunk.emplace();
    chunk.chunk->data.resize(k_blob_chunk_bytes);
    chunk.chunk->proof.siblings.resize(k_max_merkle_depth);
    EXPECT_LE(encode(Message(chunk)).size(), message_limit(k_message_tag<ChunkResponse>));
    PeerList list;
    list.peers.resize(k_max_listed_peers);
    for (ListedPeer& peer : list.peers)
        peer.endpoint = std::string(k_max_endpoint_characters, 'x');
    EXPECT_LE(encode(Message(list)).size(), message_limit(k_message_tag<PeerList>));
    protocol::Certificate certificate;
    certificate.vote = protocol::Finalize{};
    certificate.signers.resize(protocol::k_max_validators / 8);
    certificate.signatures.resize(protocol::k_max_validators);
    EXPECT_LE(encode(Message(certificate)).size(), message_limit(k_message_tag<protocol::Certificate>));
}

TEST(Hello, AProofIsGoodOnlyForItsSenderAndItsReceiver) {
    const SecretKey a = SecretKey::from_seed("a");
    const SecretKey b = SecretKey::from_seed("b");
    Hello from_a;
    from_a.node = a.account();
    from_a.nonce = sha256(as_bytes("one"));
    Hello from_b;
    from_b.node = b.account();
    from_b.nonce = sha256(as_bytes("two"));
    EXPECT_NE(hello_digest(from_a, from_b), hello_digest(from_b, from_a)) << "a proof cannot be sent back";
    Hello again = from_b;
    again.nonce = sha256(as_bytes("three"));
    EXPECT_NE(hello_digest(from_a, from_b), hello_digest(from_a, again)) << "an old proof is worth nothing";
    EXPECT_TRUE(check_hello(from_a, from_b));
    EXPECT_FALSE(check_hello(from_a, from_a)) << "no line to oneself";
    Hello other = from_b;
    other.chain_id = sha256(as_bytes("another chain"));
    EXPECT_FALSE(check_hello(from_a, other));
    other = from_b;
    other.version = 2;
    EXPECT_FALSE(check_hello(from_a, other));
}

TEST(SendQueue, ConsensusGoesFirstAndEachClassHasItsBound) {
    SendQueue queue({100, 100, 100});
    const auto frame = [](std::uint8_t name, std::size_t bytes) {
        return std::make_shared<const Bytes>(bytes, name);
    };
    EXPECT_TRUE(queue.push(frame(1, 60), Priority::bulk));
    EXPECT_FALSE(queue.push(frame(2, 60), Priority::bulk)) << "over the bound";
    EXPECT_TRUE(queue.push(frame(3, 60), Priority::normal));
    EXPECT_TRUE(queue.push(frame(4, 500), Priority::consensus))
        << "a single one may be larger than the bound";
    std::vector<int> order;
    while (!queue.empty()) {
        for (const Frame& taken : queue.take(70))
            order.push_back(taken->front());
    }
    EXPECT_EQ(order, (std::vector<int>{4, 3, 1}));
    EXPECT_TRUE(queue.push(frame(5, 60), Priority::bulk)) << "what was taken makes room";
}

TEST(Endpoint, IsHostAndPort) {
    EXPECT_EQ(parse_endpoint("127.0.0.1:7700")->port, "7700");
    EXPECT_EQ(parse_endpoint("[::1]:7700")->host, "::1");
    EXPECT_EQ(parse_endpoint("node.example:1")->host, "node.example");
    for (const char* bad : {"", ":", "host", "host:", ":7700", "host:port", "host:70000", "host:123456",
                            "::1:7700", "[::1:7700", "[]:7700", "host:-1"}) {
        EXPECT_FALSE(parse_endpoint(bad)) << bad;
    }
}

}  // namespace
}  // namespace dure::node
