#include "node/blobs/blobs.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

namespace dure::node {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;

Bytes blob_of(std::size_t size) {
    Bytes blob(size);
    for (std::size_t i = 0; i < size; ++i)
        blob[i] = static_cast<std::uint8_t>((i * 2654435761U) >> 13);
    return blob;
}

/// Nodes with real connections on loopback, in one io_context.
class BlobsTest : public testing::Test {
  protected:
    struct TestNode {
        std::unique_ptr<Peers> peers;
        std::unique_ptr<BlobStore> store;
        std::unique_ptr<Blobs> blobs;
    };

    void SetUp() override {
        folder_ = std::filesystem::path(testing::TempDir()) /
                  ("fetch-" + std::to_string(::getpid()) + "-" +
                   testing::UnitTest::GetInstance()->current_test_info()->name());
        std::filesystem::remove_all(folder_);
    }
    void TearDown() override {
        nodes_.clear();
        std::filesystem::remove_all(folder_);
    }

    Peers& add_peers(const std::string& name, const std::vector<std::string>& dial) {
        PeersConfig config{.chain_id = sha256(as_bytes("blobs test")),
                           .node_key = SecretKey::from_seed(name)};
        config.peers = dial;
        config.first_retry = 20ms;
        nodes_.push_back({std::make_unique<Peers>(io_, std::move(config)), nullptr, nullptr});
        EXPECT_TRUE(nodes_.back().peers->start());
        return *nodes_.back().peers;
    }
    TestNode& add_node(const std::string& name, const std::vector<std::string>& dial = {}) {
        add_peers(name, dial);
        TestNode& node = nodes_.back();
        node.store = *BlobStore::open(folder_ / name);
        node.blobs = std::make_unique<Blobs>(io_, *node.peers, *node.store);
        return node;
    }
    /// Runs the network until `done`, at most 20 s.
    template <class F>
    bool run_until(F done) {
        const auto deadline = std::chrono::steady_clock::now() + 20s;
        while (!done() && std::chrono::steady_clock::now() < deadline) {
            io_.restart();
            io_.run_one_for(50ms);
        }
        return done();
    }
    std::optional<Result<Bytes>> fetch(Blobs& blobs, const Hash& name,
                                       std::chrono::milliseconds timeout = 10s) {
        std::optional<Result<Bytes>> outcome;
        asio::co_spawn(
            io_,
            [&]() -> asio::awaitable<void> {
                outcome = co_await blobs.fetch(name, k_max_blob_bytes, timeout);
            },
            asio::detached);
        run_until([&] { return outcome.has_value(); });
        return outcome;
    }

    asio::io_context io_{1};
    std::filesystem::path folder_;
    std::vector<TestNode> nodes_;
};

TEST_F(BlobsTest, ABlobComesFromTheHonestPeerAndTheLiarIsCutOff) {
    const Bytes blob = blob_of(9 * k_blob_chunk_bytes + 123);
    const auto leaves = blob_leaves(blob);
    nodes_.reserve(3);
    const TestNode& honest = add_node("honest");
    ASSERT_TRUE(honest.store->put(blob));
    Peers& liar = add_peers("liar", {});
    liar.on<ChunkRequest>([&](const Account& from, const ChunkRequest& request) {
        const std::size_t offset = request.index * k_blob_chunk_bytes;
        Bytes data =
            to_bytes(ByteView(blob).subspan(offset, std::min(k_blob_chunk_bytes, blob.size() - offset)));
        data[data.size() / 2] ^= 1;
        liar.send(from, ChunkResponse{request.blob, request.index,
                                      Chunk{std::move(data), merkle_prove(leaves, request.index)}});
    });
    TestNode& fetcher = add_node("fetcher", {honest.peers->endpoint(), liar.endpoint()});
    ASSERT_TRUE(run_until([&] { return fetcher.peers->connected().size() == 2; }));
    const auto outcome = fetch(*fetcher.blobs, merkle_root(leaves));
    ASSERT_TRUE(outcome && *outcome) << (outcome ? outcome->error().message : "nothing came");
    EXPECT_EQ(**outcome, blob);
    EXPECT_TRUE(fetcher.store->contains(merkle_root(leaves))) << "what was fetched is kept";
    // Which of the two is asked first is open; if the liar was asked it is gone.
    EXPECT_EQ(fetcher.blobs->counters().false_chunks > 0, !fetcher.peers->is_connected(liar.self()));
}

TEST_F(BlobsTest, ConcurrentFetchesOfOneBlobAreOne) {
    const Bytes blob = blob_of(5 * k_blob_chunk_bytes);
    nodes_.reserve(2);
    const TestNode& holder = add_node("holder");
    ASSERT_TRUE(holder.store->put(blob));
    TestNode& fetcher = add_node("fetcher", {holder.peers->endpoint()});
    ASSERT_TRUE(run_until([&] { return fetcher.peers->connected().size() == 1; }));
    int arrived = 0;
    for (int i = 0; i < 4; ++i) {
        asio::co_spawn(
            io_,
            [&]() -> asio::awaitable<void> {
                const auto got = co_await fetcher.blobs->fetch(blob_hash(blob));
                if (got && *got == blob) ++arrived;
            },
            asio::detached);
    }
    EXPECT_TRUE(run_until([&] { return arrived == 4; }));
    EXPECT_EQ(holder.blobs->counters().chunks_served, 5U);
}

TEST_F(BlobsTest, WhatNobodyHasIsAnErrorSoonNotAWait) {
    nodes_.reserve(2);
    const TestNode& holder = add_node("holder");
    TestNode& fetcher = add_node("fetcher", {holder.peers->endpoint()});
    ASSERT_TRUE(run_until([&] { return fetcher.peers->connected().size() == 1; }));
    const auto outcome = fetch(*fetcher.blobs, sha256(as_bytes("no such blob")));
    ASSERT_TRUE(outcome.has_value());
    ASSERT_FALSE(*outcome);
    EXPECT_EQ(outcome->error().code, ErrorCode::unavailable);
}

TEST_F(BlobsTest, ASilentPeerEndsInATimeOut) {
    nodes_.reserve(2);
    const Peers& silent = add_peers("silent", {});
    TestNode& fetcher = add_node("fetcher", {silent.endpoint()});
    ASSERT_TRUE(run_until([&] { return fetcher.peers->connected().size() == 1; }));
    const auto outcome = fetch(*fetcher.blobs, sha256(as_bytes("a blob")), 200ms);
    ASSERT_TRUE(outcome.has_value());
    EXPECT_FALSE(*outcome);
}

}  // namespace
}  // namespace dure::node
