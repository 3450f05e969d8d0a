#include "node/storage/state_store.h"

#include <gtest/gtest.h>

#include "tests/node/storage/temporary_directory.h"

namespace dure::node {
namespace {

using namespace dure::test;

Bytes text(std::string_view of) {
    return to_bytes(as_bytes(of));
}

TEST(StateStore, KeepsStateIndexAndMarkTogether) {
    const TemporaryDirectory directory;
    const StateMark mark{.height = {7}, .block = hash_of("block"), .state_root = hash_of("root")};
    {
        const auto store = StateStore::open(directory.path() / "state").value();
        EXPECT_FALSE(store->mark());
        StateBatch batch{.changes = {{text("a"), text("1")}, {text("b"), text("2")}, {text("c"), text("3")}},
                         .index = {{text("a"), text("elsewhere")}},
                         .mark = mark};
        ASSERT_TRUE(store->write(batch));
        batch.changes = {{text("b"), std::nullopt}, {text("c"), text("4")}};
        batch.index = {};
        batch.mark.height = {8};
        ASSERT_TRUE(store->write(batch));
    }
    const auto store = StateStore::open(directory.path() / "state").value();
    EXPECT_EQ(store->mark()->height, protocol::Height{8});
    EXPECT_EQ(store->mark()->block, mark.block);
    EXPECT_EQ(store->get(text("a")), text("1"));
    EXPECT_EQ(store->get(text("b")), std::nullopt);
    EXPECT_EQ(store->get(text("c")), text("4"));
    EXPECT_EQ(store->index(text("a")), text("elsewhere"));
    EXPECT_EQ(store->index(text("c")), std::nullopt);
}

TEST(StateStore, ScansAPrefixInOrderFromAKey) {
    const TemporaryDirectory directory;
    const auto store = StateStore::open(directory.path() / "state").value();
    StateBatch batch;
    for (const char* key : {"a", "ba", "bb", "bc", "bd", "c"})
        batch.changes.emplace(text(key), text(key));
    ASSERT_TRUE(store->write(batch));
    const auto scan = [&](std::string_view prefix, std::string_view from, std::size_t limit) {
        std::string seen;
        store->scan(as_bytes(prefix), as_bytes(from), [&](ByteView key, ByteView value) {
            EXPECT_TRUE(std::ranges::equal(key, value));
            seen += std::string(as_text(key)) + " ";
            return --limit > 0;
        });
        return seen;
    };
    EXPECT_EQ(scan("b", "", 10), "ba bb bc bd ");
    EXPECT_EQ(scan("b", "bc", 10), "bc bd ");
    EXPECT_EQ(scan("b", "bbb", 1), "bc ");
    EXPECT_EQ(scan("", "", 10), "a ba bb bc bd c ");
    EXPECT_EQ(scan("b", "c", 10), "");
    EXPECT_EQ(scan("x", "", 10), "");
}

TEST(StateStore, DestroyedIsEmptyAgain) {
    const TemporaryDirectory directory;
    {
        const auto store = StateStore::open(directory.path() / "state").value();
        ASSERT_TRUE(store->write({.changes = {{text("a"), text("1")}}, .index = {}, .mark = {}}));
    }
    ASSERT_TRUE(StateStore::destroy(directory.path() / "state"));
    const auto store = StateStore::open(directory.path() / "state").value();
    EXPECT_FALSE(store->mark());
    EXPECT_EQ(store->get(text("a")), std::nullopt);
}

}  // namespace
}  // namespace dure::node
