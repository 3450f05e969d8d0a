// What `dure db check` finds, and what a node says at its start, about a stored chain that somebody has changed.
#include "node/chain/store_check.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "node/chain/work.h"
#include "tests/node/chain/history.h"

namespace dure::test {
namespace {

const History& stored_history() {
    static const History made = make_history({1, 2, 1, 1, 1});
    return made;
}

/// The checks that did not hold.
std::vector<std::string> wrong_in(const std::filesystem::path& directory, bool replay = false) {
    std::vector<std::string> wrong;
    const auto findings =
        node::check_store(stored_history().genesis, directory, {.replay = replay}, [](const auto&) {});
    EXPECT_TRUE(findings) << findings.error().message;
    if (!findings) return {"none"};
    for (const node::StoreFinding& finding : *findings) {
        if (finding.error) wrong.push_back(finding.what);
    }
    return wrong;
}

Status opens(const std::filesystem::path& directory) {
    boost::asio::io_context io;
    DURE_CHECK(node::FinalChain::open(node::system_disk(io), stored_history().genesis, directory,
                                      [](const Error&) {}));
    return {};
}

class StoreCheck : public ::testing::Test {
  protected:
    StoreCheck() {
        const Status written = write_history(stored_history(), chain());
        EXPECT_TRUE(written) << written.error().message;
    }
    std::filesystem::path chain() const { return directory_.path(); }
    std::unique_ptr<node::StateStore> store() const {
        return node::StateStore::open(chain() / "state").value();
    }

  private:
    TemporaryDirectory directory_;
};

TEST_F(StoreCheck, AGoodChainHolds) {
    EXPECT_EQ(wrong_in(chain(), true), std::vector<std::string>{});
    ASSERT_TRUE(store()->compact());
    EXPECT_EQ(wrong_in(chain()), std::vector<std::string>{});
}

TEST_F(StoreCheck, AnEmptyFolderIsNoChain) {
    const TemporaryDirectory nothing;
    const auto findings = node::check_store(stored_history().genesis, nothing.path(), {}, [](const auto&) {});
    ASSERT_FALSE(findings);
    EXPECT_EQ(findings.error().code, ErrorCode::not_found);
}

TEST_F(StoreCheck, AChangedBalanceIsFoundAndRefusedAtTheStart) {
    {
        const auto changed = store();
        node::StateBatch batch{.changes = {}, .index = {}, .mark = *changed->mark()};
        changed->scan({}, {}, [&](ByteView key, ByteView value) {
            // Any value of some length: here the last byte goes up by one.
            if (value.size() < 16) return true;
            Bytes other = to_bytes(value);
            ++other.back();
            batch.changes.emplace(to_bytes(key), std::move(other));
            return false;
        });
        ASSERT_TRUE(changed->write(batch));
    }
    const auto wrong = wrong_in(chain());
    EXPECT_TRUE(std::ranges::count(wrong, "state")) << wrong.size();
    const Status opened = opens(chain());
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().code, ErrorCode::corrupt);
    EXPECT_NE(opened.error().message.find("Delete the folder"), std::string::npos) << opened.error().message;
    // The remedy works.
    ASSERT_TRUE(node::StateStore::destroy(chain() / "state"));
    EXPECT_TRUE(opens(chain()));
    EXPECT_EQ(wrong_in(chain()), std::vector<std::string>{});
}

TEST_F(StoreCheck, ATransactionThatTheIndexMisplacesIsFound) {
    {
        const auto changed = store();
        const Hash id = protocol::transaction_id(stored_history().commits[0][0].block->transactions[0]);
        const node::TransactionRecord elsewhere{
            .height = {1}, .position = 1, .ok = true, .code = {}, .message = {}};
        ASSERT_TRUE(changed->write({.changes = {},
                                    .index = {{node::transaction_key(id), encode(elsewhere)}},
                                    .mark = *changed->mark()}));
    }
    EXPECT_EQ(wrong_in(chain()), std::vector<std::string>{"transactions' index"});
}

TEST_F(StoreCheck, ATableFileThatRottedIsFoundAndMadeAnewAtTheStart) {
    ASSERT_TRUE(store()->compact());
    for (const auto& entry : std::filesystem::directory_iterator(chain() / "state")) {
        if (entry.path().extension() != ".sst") continue;
        Bytes table = read_file(entry.path());
        for (std::size_t at = 20; at < table.size() / 2; at += 50)
            table[at] ^= 0x11;
        write_file(entry.path(), table);
    }
    EXPECT_EQ(wrong_in(chain()), std::vector<std::string>{"state store"});
    ASSERT_TRUE(opens(chain())) << "it can be made again from the block log";
    EXPECT_EQ(wrong_in(chain()), std::vector<std::string>{});
}

TEST_F(StoreCheck, AFinalizationOfSomebodyElseIsFound) {
    const History& history = stored_history();
    {
        const std::filesystem::path path = chain() / node::k_block_log_name;
        std::filesystem::remove_all(path);
        auto log = node::BlockLog::open(path, history.genesis.chain_id(), history.hashes[0]).value().log;
        node::BlockToCommit first = history.commits[0][0];
        first.finalization->signatures[0] = person_key(1).sign(history.hashes[1]);
        const std::vector<node::FinalBlock> forged{{first.finalization, *first.block}};
        ASSERT_TRUE(log.append(forged));
    }
    const auto wrong = wrong_in(chain());
    EXPECT_TRUE(std::ranges::count(wrong, "blocks"));
    EXPECT_TRUE(std::ranges::count(wrong, "state store")) << "the log has lost its end";
}

TEST(PrunedChain, HoldsStartsAgainAndSaysWhatItCannotMakeAnew) {
    const TemporaryDirectory directory;
    const node::Keeping few{.blocks = 2, .segment_bytes = 1'000};
    ASSERT_TRUE(write_history(stored_history(), directory.path(), few));
    // What is pruned must be durable in the store, which writes behind: a start later all of it is.
    ASSERT_TRUE(write_history(make_history({1, 2, 1, 1, 1, 1, 1}), directory.path(), few));
    EXPECT_EQ(wrong_in(directory.path(), true), std::vector<std::string>{});
    {
        boost::asio::io_context io;
        const auto chain = node::FinalChain::open(node::system_disk(io), stored_history().genesis,
                                                  directory.path(), [](const Error&) {});
        ASSERT_TRUE(chain) << chain.error().message;
        EXPECT_GT((*chain)->log().first(), protocol::Height{1});
        EXPECT_EQ((*chain)->head().height, protocol::Height{8});
        const auto answer = node::answer(**chain, node::RangeRequest{.first = {1}, .count = 10});
        ASSERT_TRUE(answer) << "a request for what was deleted is no fault of this node's disk";
        EXPECT_TRUE(answer->blocks.empty());
    }
    ASSERT_TRUE(node::StateStore::destroy(directory.path() / "state"));
    const Status opened = opens(directory.path());
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().code, ErrorCode::corrupt);
    EXPECT_NE(opened.error().message.find("fetches the chain from its peers"), std::string::npos);
}

TEST_F(StoreCheck, ALostJournalIsTold) {
    std::filesystem::remove(chain() / node::k_journal_name);
    EXPECT_EQ(wrong_in(chain()), std::vector<std::string>{"journal"});
}

}  // namespace
}  // namespace dure::test
