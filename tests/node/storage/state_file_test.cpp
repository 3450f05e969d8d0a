#include "node/storage/state_file.h"

#include <gtest/gtest.h>

#include <map>
#include <random>

#include "tests/node/storage/temporary_directory.h"

namespace dure::node {
namespace {

using namespace dure::test;

const Hash k_exported_chain = hash_of("chain");

std::unique_ptr<StateStore> store_of(const std::filesystem::path& path,
                                     const std::map<Bytes, Bytes>& entries) {
    auto store = StateStore::open(path).value();
    StateBatch batch{.changes = {},
                     .index = {},
                     .mark = {.height = {7}, .block = hash_of("block"), .state_root = hash_of("root")}};
    for (const auto& [key, value] : entries)
        batch.changes.emplace(key, value);
    EXPECT_TRUE(store->write(batch));
    return store;
}

std::map<Bytes, Bytes> some_entries(std::size_t count, std::size_t most_bytes) {
    std::mt19937_64 chance(5);
    std::map<Bytes, Bytes> entries;
    for (std::size_t i = 0; i < count; ++i) {
        const Bytes key = to_bytes(hash_of(std::to_string(i)).bytes);
        entries.emplace(key, Bytes(chance() % most_bytes, static_cast<std::uint8_t>(i)));
    }
    return entries;
}

std::map<Bytes, Bytes> entries_in(const std::filesystem::path& path) {
    std::map<Bytes, Bytes> entries;
    const auto read = read_state_file(path, [&](ByteView key, ByteView value) -> Status {
        entries.emplace(to_bytes(key), to_bytes(value));
        return {};
    });
    EXPECT_TRUE(read) << read.error().message;
    return entries;
}

TEST(StateFile, GivesBackEveryEntryAndTheSameBytesForTheSameState) {
    const TemporaryDirectory directory;
    const auto entries = some_entries(600, 4'000);
    const auto store = store_of(directory.path() / "state", entries);
    const auto first = write_state_file(directory.path() / "a", *store, k_exported_chain).value();
    EXPECT_EQ(entries_in(directory.path() / "a"), entries);
    EXPECT_EQ(first.entries, 600u);
    EXPECT_GT(first.chunks.size(), 3u);
    EXPECT_EQ(first.mark(), *store->mark());
    const auto twin = store_of(directory.path() / "twin", entries);
    ASSERT_TRUE(twin->compact());
    const auto second = write_state_file(directory.path() / "b", *twin, k_exported_chain).value();
    EXPECT_EQ(first.hash(), second.hash());
    EXPECT_EQ(test::read_file(directory.path() / "a"), test::read_file(directory.path() / "b"));
    EXPECT_EQ(write_state_file(directory.path() / "b", *twin, k_exported_chain).error().code,
              ErrorCode::duplicate);
}

TEST(StateFile, AnEmptyStateHasNoChunks) {
    const TemporaryDirectory directory;
    const auto store = store_of(directory.path() / "state", {});
    const auto manifest = write_state_file(directory.path() / "a", *store, k_exported_chain).value();
    EXPECT_TRUE(manifest.chunks.empty());
    EXPECT_TRUE(entries_in(directory.path() / "a").empty());
}

TEST(StateFile, ADamagedOrCutFileIsRefused) {
    const TemporaryDirectory directory;
    const auto path = directory.path() / "a";
    const auto store = store_of(directory.path() / "state", some_entries(20, 60));
    ASSERT_TRUE(write_state_file(path, *store, k_exported_chain));
    const Bytes whole = test::read_file(path);
    const auto reads = [&] {
        const auto manifest = read_state_file(path, [](ByteView, ByteView) { return Status(); });
        // The manifest's own fields are somebody's word; what they claim of the entries is checked by the caller.
        return manifest && manifest->chain_id == k_exported_chain && manifest->mark() == *store->mark();
    };
    ASSERT_TRUE(reads());
    for (std::size_t at = 0; at < whole.size(); ++at) {
        Bytes damaged = whole;
        damaged[at] ^= 4;
        test::write_file(path, damaged);
        EXPECT_FALSE(reads()) << at;
        test::write_file(path, ByteView(whole).first(at));
        EXPECT_FALSE(reads()) << at;
    }
}

TEST(StateFile, AChunkWithKeysOutOfOrderIsRefused) {
    Writer writer;
    for (const std::uint8_t key : Bytes{2, 1}) {
        writer.number(std::uint32_t{1});
        writer.raw(Bytes{key});
        writer.number(std::uint32_t{0});
    }
    std::optional<Bytes> after;
    EXPECT_EQ(
        read_state_chunk(writer.bytes(), after, [](ByteView, ByteView) { return Status(); }).error().code,
        ErrorCode::malformed);
    after = Bytes{3};
    EXPECT_FALSE(read_state_chunk(Bytes{1, 0, 0, 0, 3, 0, 0, 0, 0}, after,
                                  [](ByteView, ByteView) { return Status(); }));
    EXPECT_TRUE(read_state_chunk(Bytes{1, 0, 0, 0, 4, 0, 0, 0, 0}, after,
                                 [](ByteView, ByteView) { return Status(); }));
    EXPECT_EQ(after, Bytes{4});
}

}  // namespace
}  // namespace dure::node
