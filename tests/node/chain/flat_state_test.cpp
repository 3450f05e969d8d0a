#include "node/chain/flat_state.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "ledger/state/memory_state.h"
#include "tests/node/storage/temporary_directory.h"

namespace dure::node {
namespace {

Bytes some_key() {
    Bytes key;
    const auto length = *rc::gen::inRange(1, 4);
    for (int i = 0; i < length; ++i)
        key.push_back(*rc::gen::element<std::uint8_t>(0, 1, 0x7f, 0xff));
    return key;
}

RC_GTEST_PROP(FlatState, ReadsTheSameWhateverIsAlreadyWritten, ()) {
    static const test::TemporaryDirectory directory;
    static int number = 0;
    const auto store = StateStore::open(directory.path() / std::to_string(++number)).value();
    FlatState state(*store);
    ledger::MemoryState model;
    std::vector<std::shared_ptr<const StateBatch>> waiting;
    std::uint64_t height = 0;
    const auto steps = *rc::gen::inRange(1, 20);
    for (int step = 0; step < steps; ++step) {
        if (*rc::gen::inRange(0, 3) > 0) {
            ledger::Changes changes;
            const auto count = *rc::gen::inRange(0, 6);
            for (int i = 0; i < count; ++i) {
                std::optional<Bytes> value;
                if (*rc::gen::inRange(0, 3) > 0)
                    value = Bytes{static_cast<std::uint8_t>(step), static_cast<std::uint8_t>(i)};
                changes[some_key()] = value;
            }
            const auto batch = std::make_shared<StateBatch>(
                StateBatch{.changes = changes,
                           .index = {},
                           .mark = {.height = {++height}, .block = {}, .state_root = {}}});
            const ledger::MemoryState before = model;
            state.commit(batch);
            model.apply(changes);
            waiting.push_back(batch);
            const Bytes asked = some_key();
            RC_ASSERT(state.get_before_newest(asked) == before.get(asked));
        } else if (!waiting.empty()) {
            RC_ASSERT(store->write(*waiting.front()).has_value());
            state.flushed(waiting.front()->mark.height);
            waiting.erase(waiting.begin());
        }
        const Bytes key = some_key();
        RC_ASSERT(state.get(key) == model.get(key));
        const Bytes prefix = *rc::gen::inRange(0, 2) == 0 ? Bytes{} : Bytes{key.front()};
        const Bytes from = *rc::gen::inRange(0, 2) == 0 ? Bytes{} : some_key();
        const auto limit = *rc::gen::inRange<std::size_t>(1, 20);
        const auto list = [&](const ledger::StateReader& reader) {
            std::vector<std::pair<Bytes, Bytes>> entries;
            reader.scan(prefix, from, [&](ByteView one, ByteView value) {
                entries.emplace_back(to_bytes(one), to_bytes(value));
                return entries.size() < limit;
            });
            return entries;
        };
        RC_ASSERT(list(state) == list(model));
    }
}

TEST(ValueCache, KeepsWhatIsUsedAndForgetsTheRest) {
    ValueCache cache(100 * ValueCache::k_entry_bytes);
    cache.put(as_bytes("kept"), Bytes{1});
    cache.put(as_bytes("absent"), std::nullopt);
    ASSERT_NE(cache.find(as_bytes("absent")), nullptr);
    EXPECT_EQ(*cache.find(as_bytes("absent")), std::nullopt);
    for (int i = 0; i < 1'000; ++i) {
        cache.put(as_bytes(std::to_string(i)), Bytes{2});
        ASSERT_NE(cache.find(as_bytes("kept")), nullptr) << i;
    }
    EXPECT_EQ(*cache.find(as_bytes("kept")), Bytes{1});
    EXPECT_EQ(cache.find(as_bytes("0")), nullptr);
    cache.put(as_bytes("kept"), Bytes{3});
    EXPECT_EQ(*cache.find(as_bytes("kept")), Bytes{3});
}

}  // namespace
}  // namespace dure::node
