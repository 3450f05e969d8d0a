// Four validators on loopback: what users and operators rely on.
#include <gtest/gtest.h>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>

#include "ledger/state/proof.h"
#include "tests/node/chain/network.h"

namespace dure::node {
namespace {

using namespace dure::test;
using protocol::Height;

class FourNodes : public ::testing::Test {
  protected:
    void SetUp() override {
        for (std::size_t i = 0; i < 4; ++i) {
            const Status started = net_.start(i);
            ASSERT_TRUE(started) << started.error().message;
        }
    }
    /// All that are up have the same blocks up to the lowest head, and every one of these names the state
    /// root before it.
    void expect_agreement() {
        std::uint64_t lowest = UINT64_MAX;
        std::size_t first = net_.size();
        for (std::size_t i = 0; i < net_.size(); ++i) {
            if (!net_.is_up(i)) continue;
            first = std::min(first, i);
            lowest = std::min(lowest, net_.height(i));
        }
        for (std::uint64_t height = 1; height <= lowest; ++height) {
            const auto block = net_.chain(first).block({height}).value();
            for (std::size_t i = first + 1; i < net_.size(); ++i) {
                if (!net_.is_up(i)) continue;
                ASSERT_EQ(net_.chain(i).block({height}).value(), block) << height;
            }
        }
    }
    Coin balance(std::size_t node, std::size_t person) {
        return ledger::account(net_.chain(node).state(), person_key(person).account()).balance;
    }
    bool all_have(const Hash& id) {
        for (std::size_t i = 0; i < net_.size(); ++i) {
            if (net_.is_up(i) && !net_.chain(i).transaction(id)) return false;
        }
        return true;
    }

    Network net_{4};
};

TEST_F(FourNodes, MakeTransfersFinalAndAgreeOnEveryRoot) {
    std::map<std::uint64_t, int> announced;
    net_.chain(3).on_final([&](const protocol::Block& block, const ledger::BlockOutcome& outcome) {
        ++announced[block.header.height.value];
        EXPECT_EQ(outcome.receipts.size(), block.transactions.size());
        EXPECT_EQ(net_.chain(3).head().height, block.header.height);
    });
    const auto account = person_key(0).account();
    EXPECT_EQ(net_.chain(0).next_nonce(account), 0U);
    std::vector<protocol::Transaction> transactions;
    for (std::uint64_t nonce = 0; nonce < 30; ++nonce)
        transactions.push_back(net_.transfer(0, 1, nonce, 1'000'000));
    for (const Status& status : net_.submit(0, transactions))
        EXPECT_TRUE(status) << status.error().message;
    EXPECT_EQ(net_.chain(0).next_nonce(account), 30U);
    const Hash last = protocol::transaction_id(transactions.back());
    ASSERT_TRUE(net_.run_until([&] { return all_have(last); }));
    ASSERT_TRUE(net_.reach(net_.height(0) + 3));
    expect_agreement();
    for (std::size_t i = 0; i < 4; ++i) {
        EXPECT_EQ(balance(i, 1), Coin{1'000 * k_grain_per_dure + 30'000'000});
        EXPECT_EQ(net_.chain(i).next_nonce(account), 30U);
        const auto record = net_.chain(i).transaction(last);
        ASSERT_TRUE(record);
        EXPECT_TRUE(record->ok);
        EXPECT_EQ(net_.chain(i).block(record->height)->transactions.at(record->position),
                  transactions.back());
        EXPECT_TRUE(net_.chain(i).voting());
    }
    std::uint64_t next = 1;
    for (const auto& [height, times] : announced) {
        EXPECT_EQ(height, next++);
        EXPECT_EQ(times, 1);
    }
}

TEST_F(FourNodes, RefuseWhatCannotBecomeFinal) {
    auto forged = net_.transfer(0, 1, 0, 5);
    forged.signature.bytes[3] ^= 1;
    auto foreign_body = net_.transfer(0, 1, 0, 5).body;
    foreign_body.chain_id = hash_of("another chain");
    const auto foreign = protocol::sign_transaction(foreign_body, person_key(0));
    const auto good = net_.transfer(0, 1, 0, 5);
    auto cheap = net_.transfer(0, 1, 1, 5, 0);
    auto far = net_.transfer(0, 1, 1'000'000, 5);
    const auto statuses = net_.submit(1, {forged, foreign, good, cheap, far});
    ASSERT_EQ(statuses.size(), 5U);
    EXPECT_EQ(statuses[0].error().code, ErrorCode::invalid_signature);
    EXPECT_FALSE(statuses[1]);
    EXPECT_TRUE(statuses[2]);
    EXPECT_FALSE(statuses[3]);
    EXPECT_EQ(statuses[4].error().code, ErrorCode::conflict);
    EXPECT_FALSE(net_.submit(1, {good}).front()) << "a second time";
    ASSERT_TRUE(net_.run_until([&] { return all_have(protocol::transaction_id(good)); }));
    EXPECT_EQ(net_.submit(1, {good}).front().error().code, ErrorCode::conflict) << "its nonce is used up";
}

TEST_F(FourNodes, GoOnWithoutOneThatCatchesUpWhenItIsBack) {
    ASSERT_TRUE(net_.reach(3));
    net_.kill(2);
    const auto away = net_.transfer(0, 1, 0, 77);
    ASSERT_TRUE(net_.submit(0, {away}).front());
    const std::uint64_t goal = net_.height(0) + 30;
    ASSERT_TRUE(net_.reach(goal));
    ASSERT_TRUE(net_.start(2));
    EXPECT_TRUE(net_.chain(2).voting());
    ASSERT_TRUE(net_.reach(goal + 5));
    EXPECT_TRUE(net_.chain(2).transaction(protocol::transaction_id(away)));
    expect_agreement();
}

TEST_F(FourNodes, ANewcomerFetchesTheWholeChain) {
    ASSERT_TRUE(net_.reach(100));
    const std::size_t observer = net_.add_observer();
    ASSERT_TRUE(net_.start(observer));
    ASSERT_TRUE(net_.reach(110));
    EXPECT_GT(net_.chain(observer).counters().blocks_synced, 50U);
    EXPECT_FALSE(net_.chain(observer).voting());
    ASSERT_TRUE(net_.run_until([&] { return !net_.chain(observer).syncing(); }));
    expect_agreement();
}

TEST_F(FourNodes, AllRestartedHaveLostNothing) {
    std::vector<protocol::Transaction> transactions;
    for (std::uint64_t nonce = 0; nonce < 5; ++nonce)
        transactions.push_back(net_.transfer(2, 3, nonce, 10));
    for (const Status& status : net_.submit(2, transactions))
        ASSERT_TRUE(status);
    ASSERT_TRUE(net_.run_until([&] { return all_have(protocol::transaction_id(transactions.back())); }));
    for (int time = 0; time < 3; ++time) {
        std::vector<std::pair<Head, Hash>> heads;
        for (std::size_t i = 0; i < 4; ++i)
            heads.emplace_back(net_.chain(i).head(), net_.chain(i).state_root());
        for (std::size_t i = 0; i < 4; ++i)
            net_.kill(i);
        for (std::size_t i = 0; i < 4; ++i) {
            const Status started = net_.start(i);
            ASSERT_TRUE(started) << started.error().message;
            EXPECT_EQ(net_.chain(i).head().block, heads[i].first.block);
            EXPECT_EQ(net_.chain(i).state_root(), heads[i].second);
            EXPECT_EQ(balance(i, 3), Coin{1'000 * k_grain_per_dure + 50});
            EXPECT_TRUE(net_.chain(i).transaction(protocol::transaction_id(transactions.front())));
            EXPECT_TRUE(net_.chain(i).voting());
        }
        ASSERT_TRUE(net_.reach(heads[0].first.height.value + 5));
        expect_agreement();
    }
}

TEST_F(FourNodes, AShortenedJournalServesLikeAWholeOne) {
    constexpr std::uint64_t k_compaction_bytes = 16 * 1024;
    net_.journal_compaction_bytes = k_compaction_bytes;
    const auto restart_all = [&] {
        for (std::size_t i = 0; i < 4; ++i)
            net_.kill(i);
        for (std::size_t i = 0; i < 4; ++i)
            ASSERT_TRUE(net_.start(i));
    };
    for (int time = 0; time < 3; ++time) {
        restart_all();
        ASSERT_TRUE(net_.reach(net_.height(0) + 40));
        for (std::size_t i = 0; i < 4; ++i) {
            EXPECT_TRUE(net_.chain(i).voting());
            EXPECT_LT(std::filesystem::file_size(net_.directory(i) / "consensus.journal"),
                      2 * k_compaction_bytes);
        }
    }
    expect_agreement();
}

TEST_F(FourNodes, TheStateIsMadeAgainFromTheBlockLog) {
    ASSERT_TRUE(net_.submit(0, {net_.transfer(0, 1, 0, 77)}).front());
    ASSERT_TRUE(net_.reach(10));
    const Head head = net_.chain(1).head();
    const Hash root = net_.chain(1).state_root();
    net_.kill(1);
    std::filesystem::remove_all(net_.directory(1) / "state");
    ASSERT_TRUE(net_.start(1));
    EXPECT_EQ(net_.chain(1).state_root(), root);
    EXPECT_EQ(net_.chain(1).head().block, head.block);
    ASSERT_TRUE(net_.reach(head.height.value + 3));
}

TEST_F(FourNodes, OneWhoseJournalIsLostFollowsButSignsNothing) {
    for (const bool lost : {true, false}) {
        const std::size_t node = lost ? 0 : 1;
        ASSERT_TRUE(net_.reach(net_.height(3) + 3));
        net_.kill(node);
        const auto path = net_.directory(node) / "consensus.journal";
        if (lost) {
            std::filesystem::remove(path);
        } else {
            Bytes damaged = read_file(path);
            damaged[100] ^= 1;
            write_file(path, damaged);
        }
        ASSERT_TRUE(net_.start(node));
        EXPECT_FALSE(net_.chain(node).voting());
        if (lost) {
            ASSERT_TRUE(net_.reach(net_.height(3) + 3)) << "the three others are enough";
            net_.kill(node);
            ASSERT_TRUE(net_.start(node));
            EXPECT_FALSE(net_.chain(node).voting()) << "nor after another restart";
        }
    }
    // Two of four are silent now: nothing more becomes final, and nothing false either.
    expect_agreement();
}

TEST_F(FourNodes, ProveValuesAgainstAFinalHeader) {
    ASSERT_TRUE(net_.submit(0, {net_.transfer(0, 1, 0, 77)}).front());
    ASSERT_TRUE(net_.reach(5));
    const Bytes key = ledger::account_key(person_key(1).account());
    const auto check = [&](ByteView asked, bool present) {
        const auto proven = net_.chain(2).prove(asked);
        ASSERT_TRUE(proven) << proven.error().message;
        EXPECT_EQ(proven->value.has_value(), present);
        EXPECT_TRUE(
            ledger::verify_state_proof(proven->header.state_root, asked, proven->value, proven->proof));
        EXPECT_TRUE(protocol::check_certificate(net_.genesis().chain_id(), net_.genesis().validator_set(),
                                                proven->finalization));
        EXPECT_EQ(protocol::block_of(proven->finalization.vote), protocol::block_hash(proven->header));
    };
    check(key, true);
    check(as_bytes("no such key"), false);
    net_.kill(2);
    ASSERT_TRUE(net_.start(2));
    check(key, true);
}

TEST_F(FourNodes, GarbageFromAStrangerStopsNobody) {
    namespace asio = boost::asio;
    std::vector<asio::ip::tcp::socket> sockets;
    for (std::size_t i = 0; i < 40; ++i) {
        const std::string endpoint = net_.endpoint(i % 4);
        asio::ip::tcp::socket socket(net_.io());
        socket.connect({asio::ip::make_address("127.0.0.1"),
                        static_cast<std::uint16_t>(std::stoul(endpoint.substr(endpoint.rfind(':') + 1)))});
        boost::system::error_code ignored;
        asio::write(socket, asio::buffer(random_bytes(1 + i * 37)), ignored);
        sockets.push_back(std::move(socket));
    }
    ASSERT_TRUE(net_.reach(net_.height(0) + 10));
    expect_agreement();
}

TEST_F(FourNodes, APeerThatLiesIsCutOff) {
    const Hash chain_id = net_.genesis().chain_id();
    protocol::Block block;
    block.header.chain_id = chain_id;
    const auto soon = [&](std::uint64_t ahead) {
        return protocol::Slot{net_.chain(0).counters().slot + ahead};
    };
    const std::vector<std::function<Message()>> lies{
        [&] {
            protocol::Proposal proposal;
            proposal.slot = soon(3);
            proposal.block = block;
            proposal.block.header.transactions_root = protocol::transactions_root({});
            return Message(proposal);
        },
        [&] {
            Transactions transactions;
            transactions.transactions.push_back(net_.transfer(0, 1, 0, 5));
            transactions.transactions.back().signature.bytes[0] ^= 1;
            return Message(transactions);
        },
        [&] { return Message(BlockResponse{.requested = hash_of("x"), .block = block}); },
        [&] {
            auto vote = protocol::sign_vote(chain_id, {}, protocol::Skip{.slot = soon(20)}, validator_key(1));
            vote.signature.bytes[0] ^= 1;
            return Message(vote);
        },
    };
    for (std::size_t i = 0; i < lies.size(); ++i) {
        const SecretKey key = SecretKey::from_seed("liar " + std::to_string(i));
        PeersConfig config{.chain_id = chain_id, .node_key = key};
        config.peers = {net_.endpoint(0)};
        Peers liar(net_.io(), config);
        ASSERT_TRUE(liar.start());
        ASSERT_TRUE(net_.run_until([&] {
            return net_.peers(0).is_connected(key.account()) && liar.is_connected(net_.peers(0).self());
        }));
        liar.send(net_.peers(0).self(), lies[i]());
        EXPECT_TRUE(net_.run_until([&] { return !net_.peers(0).is_connected(key.account()); }, 10s)) << i;
    }
    ASSERT_TRUE(net_.reach(net_.height(0) + 3));
    expect_agreement();
}

TEST_F(FourNodes, AValidatorsTwinIsReportedAndSlashed) {
    // Somebody else holds validator 3's key, and votes for another block in the same slot.
    const Hash chain_id = net_.genesis().chain_id();
    const Account offender = validator_key(3).account();
    std::optional<protocol::Evidence> seen;
    net_.chain(0).on_evidence([&](const protocol::Evidence& evidence) { seen = evidence; });
    PeersConfig config{.chain_id = chain_id, .node_key = SecretKey::from_seed("twin")};
    config.peers = {net_.endpoint(0)};
    Peers twin(net_.io(), config);
    ASSERT_TRUE(twin.start());
    ASSERT_TRUE(net_.run_until([&] { return twin.is_connected(net_.peers(0).self()); }));
    const protocol::Slot slot{net_.chain(0).counters().slot + 20};
    for (const char* block : {"one", "another"}) {
        const protocol::Notarize vote{.slot = slot, .block = hash_of(block)};
        twin.send(net_.peers(0).self(), Message(protocol::sign_vote(chain_id, {}, vote, validator_key(3))));
    }
    ASSERT_TRUE(net_.run_until([&] { return seen.has_value(); }));
    EXPECT_EQ(*protocol::check_evidence(chain_id, *seen), offender);

    const Shares bond = ledger::account(net_.chain(0).state(), offender).bonded;
    const protocol::Transaction report =
        protocol::sign_transaction(ledger::make_body(chain_id, person_key(0).account(), 0, Coin{2'000},
                                                     {1'000'000}, ledger::ReportEvidence{*seen}),
                                   person_key(0));
    const std::vector<Status> admitted = net_.submit(0, {report});
    ASSERT_TRUE(admitted.size() == 1 && admitted[0]);
    ASSERT_TRUE(net_.run_until([&] { return all_have(protocol::transaction_id(report)); }));
    EXPECT_LT(ledger::account(net_.chain(1).state(), offender).bonded, bond);
    EXPECT_FALSE(ledger::account(net_.chain(1).state(), person_key(0).account()).total.is_zero());
    ASSERT_TRUE(net_.reach(net_.height(0) + 5));  // it still votes in this epoch
    expect_agreement();
}

TEST_F(FourNodes, WhatWasHandedInToALonelyNodeSpreadsWhenItFindsOthers) {
    const std::size_t observer = net_.add_observer();
    ASSERT_TRUE(net_.start(observer));
    for (std::size_t i = 0; i < 4; ++i)
        net_.kill(i);
    ASSERT_TRUE(net_.run_until([&] { return net_.peers(observer).connected().empty(); }));
    const auto transaction = net_.transfer(0, 1, 0, 5);
    ASSERT_TRUE(net_.submit(observer, {transaction}).front());
    for (std::size_t i = 0; i < 4; ++i)
        ASSERT_TRUE(net_.start(i));
    EXPECT_TRUE(net_.run_until([&] { return all_have(protocol::transaction_id(transaction)); }));
}

TEST(OneNode, ItsDirectoryIsItsOwn) {
    Network net(1);
    ASSERT_TRUE(net.start(0));
    PeersConfig peers_config{.chain_id = net.genesis().chain_id(), .node_key = validator_key(0)};
    Peers peers(net.io(), peers_config);
    const auto second = Chain::open(net.io(), net.genesis(), {.data_directory = net.directory(0)}, peers);
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().code, ErrorCode::conflict);
    net.kill(0);
    auto other = make_genesis(1, 2);
    const auto foreign = Chain::open(net.io(), other, {.data_directory = net.directory(0)}, peers);
    ASSERT_FALSE(foreign);
    EXPECT_EQ(foreign.error().code, ErrorCode::invalid);
}

TEST(OneNode, ABeaconChainThatIsNotGenesissIsRefusedAtOnce) {
    Network net(1);
    Peers peers(net.io(), {.chain_id = net.genesis().chain_id(), .node_key = validator_key(0)});
    const auto opened = Chain::open(
        net.io(), net.genesis(),
        {.data_directory = net.directory(0), .validator_key = validator_key(0), .beacon_links = k_links + 1},
        peers);
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().code, ErrorCode::invalid);
}

TEST(OneNode, AnEndOfItsLogThatWasTornIsRunAgain) {
    Network net(1);
    ASSERT_TRUE(net.start(0));
    ASSERT_TRUE(net.submit(0, {net.transfer(0, 1, 0, 77)}).front());
    ASSERT_TRUE(net.reach(6));
    const Head head = net.chain(0).head();
    const Hash before = net.chain(0).block(head.height)->header.parent;
    net.kill(0);
    const auto log = net.directory(0) / "blocks" / "000000000001.log";
    std::filesystem::resize_file(log, std::filesystem::file_size(log) - 1);
    ASSERT_TRUE(net.start(0));
    EXPECT_TRUE(net.chain(0).head().block == before || net.chain(0).head().block == head.block);
    ASSERT_TRUE(net.reach(head.height.value + 2));
    EXPECT_EQ(protocol::block_hash(net.chain(0).block(head.height).value()), head.block)
        << "its journal remembers what was final";
}

}  // namespace
}  // namespace dure::node
