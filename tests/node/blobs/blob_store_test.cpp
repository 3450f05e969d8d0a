#include "node/blobs/blob_store.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <fstream>
#include <thread>

namespace dure::node {
namespace {

namespace fs = std::filesystem;

class BlobStoreTest : public testing::Test {
  protected:
    void SetUp() override {
        folder_ =
            fs::path(testing::TempDir()) / ("blobs-" + std::to_string(::getpid()) + "-" +
                                            testing::UnitTest::GetInstance()->current_test_info()->name());
        fs::remove_all(folder_);
    }
    void TearDown() override { fs::remove_all(folder_); }

    std::unique_ptr<BlobStore> open(BlobStoreLimits limits = {}) {
        auto store = BlobStore::open(folder_, limits);
        EXPECT_TRUE(store) << store.error().message;
        return std::move(*store);
    }

    static Bytes blob_of(std::size_t size, std::uint8_t seed) {
        Bytes blob(size);
        std::uint32_t state = seed + 1U;
        for (auto& byte : blob) {
            state = state * 1664525U + 1013904223U;
            byte = static_cast<std::uint8_t>(state >> 24);
        }
        return blob;
    }

    fs::path folder_;
};

TEST_F(BlobStoreTest, WhatIsPutComesBackAlsoAfterReopening) {
    const std::vector<std::size_t> sizes{1, k_blob_chunk_bytes - 1, k_blob_chunk_bytes,
                                         k_blob_chunk_bytes + 1, 5 * k_blob_chunk_bytes + 7};
    std::vector<Hash> names;
    {
        const auto store = open();
        for (const std::size_t size : sizes) {
            const auto name = store->put(blob_of(size, static_cast<std::uint8_t>(size)));
            ASSERT_TRUE(name);
            EXPECT_EQ(*name, blob_hash(blob_of(size, static_cast<std::uint8_t>(size))));
            names.push_back(*name);
        }
    }
    const auto store = open();
    ASSERT_EQ(store->list().size(), sizes.size());
    std::uint64_t total = 0;
    for (std::size_t i = 0; i < sizes.size(); ++i) {
        total += sizes[i];
        const auto blob = store->get(names[i]);
        ASSERT_TRUE(blob);
        EXPECT_EQ(*blob, blob_of(sizes[i], static_cast<std::uint8_t>(sizes[i])));
        for (std::uint64_t index = 0; index < blob_chunks(sizes[i]); ++index) {
            const auto chunk = store->chunk(names[i], index);
            ASSERT_TRUE(chunk);
            EXPECT_TRUE(blob_chunk_verify(names[i], chunk->bytes, chunk->proof));
        }
        EXPECT_EQ(store->chunk(names[i], blob_chunks(sizes[i])).error().code, ErrorCode::out_of_range);
    }
    EXPECT_EQ(store->total_bytes(), total);
}

TEST_F(BlobStoreTest, ADamagedFileIsNeverServedAndCanBeStoredAgain) {
    const Bytes blob = blob_of(3 * k_blob_chunk_bytes, 1);
    const Hash name = blob_hash(blob);
    for (const bool by_chunk : {false, true}) {
        for (const std::size_t flipped : {std::size_t{0}, k_blob_chunk_bytes, blob.size() - 1}) {
            const auto store = open();
            ASSERT_TRUE(store->put(blob));
            {
                std::fstream file(folder_ / name.hex(), std::ios::in | std::ios::out | std::ios::binary);
                file.seekp(static_cast<std::streamoff>(flipped));
                file.put(static_cast<char>(blob[flipped] ^ 1));
            }
            const ErrorCode code = by_chunk ? store->chunk(name, flipped / k_blob_chunk_bytes).error().code
                                            : store->get(name).error().code;
            EXPECT_EQ(code, ErrorCode::corrupt);
            EXPECT_FALSE(store->contains(name));
            EXPECT_EQ(store->total_bytes(), 0U);
            ASSERT_TRUE(store->put(blob));
            EXPECT_EQ(*store->get(name), blob);
        }
    }
}

TEST_F(BlobStoreTest, ACutOffFileIsCorruptNotACrash) {
    const Bytes blob = blob_of(2 * k_blob_chunk_bytes, 2);
    const Hash name = blob_hash(blob);
    ASSERT_TRUE(open()->put(blob));
    for (const std::size_t left : {std::size_t{1}, k_blob_chunk_bytes, blob.size() - 1}) {
        fs::resize_file(folder_ / name.hex(), left);
        const auto store = open();
        EXPECT_EQ(store->get(name).error().code, ErrorCode::corrupt);
        ASSERT_TRUE(store->put(blob));
    }
}

TEST_F(BlobStoreTest, LeftoversOfAnInterruptedWriteAreRemovedAndStrangersLeftAlone) {
    fs::create_directories(folder_);
    std::ofstream(folder_ / "incoming-3") << "half a blob";
    std::ofstream(folder_ / "notes.txt") << "somebody's notes";
    std::ofstream(folder_ / Hash{}.hex()).flush();  // an empty file is no blob
    const auto store = open();
    EXPECT_TRUE(store->list().empty());
    EXPECT_FALSE(fs::exists(folder_ / "incoming-3"));
    EXPECT_TRUE(fs::exists(folder_ / "notes.txt"));
}

TEST_F(BlobStoreTest, TheLimitOnBytesHoldsAndRemovalMakesRoom) {
    const auto store = open({.max_bytes = 1000, .max_cached_trees = 4});
    const auto first = store->put(blob_of(600, 1));
    ASSERT_TRUE(first);
    EXPECT_EQ(store->put(blob_of(401, 2)).error().code, ErrorCode::insufficient);
    EXPECT_TRUE(store->put(blob_of(600, 1))) << "what is here already needs no room";
    EXPECT_EQ(store->total_bytes(), 600U);
    store->remove(*first);
    EXPECT_EQ(store->get(*first).error().code, ErrorCode::not_found);
    EXPECT_TRUE(store->put(blob_of(401, 2)));
}

TEST_F(BlobStoreTest, EmptyAndUnknownBlobsAreErrors) {
    const auto store = open();
    EXPECT_EQ(store->put({}).error().code, ErrorCode::out_of_range);
    EXPECT_EQ(store->get(Hash{}).error().code, ErrorCode::not_found);
    EXPECT_EQ(store->chunk(Hash{}, 0).error().code, ErrorCode::not_found);
    store->remove(Hash{});
}

TEST_F(BlobStoreTest, ManyThreadsStoringTheSameBlobsCountThemOnce) {
    const auto store = open();
    std::atomic<int> failures{0};
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t) {
        threads.emplace_back([&] {
            for (std::uint8_t i = 0; i < 8; ++i) {
                const Bytes blob = blob_of(70'000, i);
                const auto name = store->put(blob);
                if (!name || !store->get(*name)) ++failures;
            }
        });
    }
    for (auto& thread : threads)
        thread.join();
    EXPECT_EQ(failures.load(), 0);
    EXPECT_EQ(store->list().size(), 8U);
    EXPECT_EQ(store->total_bytes(), 8U * 70'000U);
}

}  // namespace
}  // namespace dure::node
