#include "node/storage/block_log.h"

#include <gtest/gtest.h>

#include "node/storage/files.h"
#include "tests/node/storage/temporary_directory.h"

namespace dure::node {
namespace {

using namespace dure::test;
using protocol::Height;

const Hash k_chain = hash_of("chain");
const Hash k_genesis = hash_of("genesis");
const char* const k_first_segment = "000000000001.log";

protocol::Certificate finalization_of(const protocol::Block& block) {
    protocol::Certificate certificate;
    certificate.vote =
        protocol::Finalize{.slot = {block.header.height.value}, .block = protocol::block_hash(block)};
    certificate.signatures.resize(3);
    return certificate;
}

/// A chain of blocks; every `commit`-th has its finalization.
std::vector<FinalBlock> make_chain(std::size_t count, std::size_t commit = 1) {
    std::vector<FinalBlock> blocks;
    Hash parent = k_genesis;
    for (std::size_t i = 1; i <= count; ++i) {
        FinalBlock block;
        block.block.header.height = {i};
        block.block.header.parent = parent;
        protocol::Transaction transaction;
        transaction.body.nonce = i;
        transaction.body.payload = Bytes(i * 7 % 60, 0x44);
        block.block.transactions.push_back(transaction);
        if (i % commit == 0) block.finalization = finalization_of(block.block);
        parent = protocol::block_hash(block.block);
        blocks.push_back(block);
    }
    return blocks;
}

BlockLog::Opened open_good(const std::filesystem::path& folder,
                           std::uint64_t segment_bytes = k_block_segment_bytes) {
    auto opened = BlockLog::open(folder, k_chain, k_genesis, Files::of_system(), segment_bytes);
    EXPECT_TRUE(opened) << opened.error().message;
    return std::move(opened.value());
}

TEST(BlockLog, GivesBackWhatWasAppendedAlsoAfterReopening) {
    const TemporaryDirectory directory;
    const auto folder = directory.path() / "blocks";
    const auto path = folder / k_first_segment;
    const auto blocks = make_chain(9, 3);
    {
        BlockLog log = open_good(folder).log;
        EXPECT_EQ(log.height(), Height{0});
        EXPECT_EQ(log.tip(), k_genesis);
        for (std::size_t i = 0; i < blocks.size(); i += 3)
            ASSERT_TRUE(log.append(std::span(blocks).subspan(i, 3)));
    }
    const BlockLog log = open_good(folder).log;
    ASSERT_EQ(log.height(), Height{9});
    for (std::size_t i = 0; i < blocks.size(); ++i) {
        EXPECT_EQ(log.read({i + 1}).value(), blocks[i]);
        EXPECT_EQ(log.height_of(protocol::block_hash(blocks[i].block)), Height{i + 1});
    }
    EXPECT_EQ(log.read({10}).error().code, ErrorCode::not_found);
    EXPECT_EQ(log.read({0}).error().code, ErrorCode::not_found);
}

TEST(BlockLog, CutAtAnyByteOfTheLastCommitHoldsTheCommitsBefore) {
    const TemporaryDirectory directory;
    const auto folder = directory.path() / "blocks";
    const auto path = folder / k_first_segment;
    const auto blocks = make_chain(6, 2);
    std::size_t before = 0;
    {
        BlockLog log = open_good(folder).log;
        ASSERT_TRUE(log.append(std::span(blocks).first(2)));
        ASSERT_TRUE(log.append(std::span(blocks).subspan(2, 2)));
        before = read_file(path).size();
        ASSERT_TRUE(log.append(std::span(blocks).subspan(4, 2)));
    }
    const Bytes whole = read_file(path);
    for (std::size_t size = before; size <= whole.size(); ++size) {
        write_file(path, ByteView(whole).first(size));
        {
            auto opened = open_good(folder);
            ASSERT_EQ(opened.log.height(), Height{size == whole.size() ? 6U : 4U}) << size;
            ASSERT_EQ(opened.cut_bytes, size == whole.size() ? 0 : size - before);
            if (size < whole.size()) {
                ASSERT_TRUE(opened.log.append(std::span(blocks).subspan(4, 2)));
            }
        }
        ASSERT_EQ(open_good(folder).log.height(), Height{6}) << "appending goes on after a cut at " << size;
    }
}

TEST(BlockLog, AnEndThatWasNotWrittenThoughTheFileHasGrownIsCut) {
    const TemporaryDirectory directory;
    const auto folder = directory.path() / "blocks";
    const auto path = folder / k_first_segment;
    const auto blocks = make_chain(3);
    std::size_t before = 0;
    {
        BlockLog log = open_good(folder).log;
        ASSERT_TRUE(log.append(std::span(blocks).first(2)));
        before = read_file(path).size();
        ASSERT_TRUE(log.append(std::span(blocks).subspan(2)));
    }
    const Bytes whole = read_file(path);
    for (std::size_t from = before; from < whole.size(); from += 13) {
        Bytes torn = whole;
        std::fill(torn.begin() + static_cast<std::ptrdiff_t>(from), torn.end(), std::uint8_t{0});
        if (torn == whole) continue;
        write_file(path, torn);
        ASSERT_EQ(open_good(folder).log.height(), Height{2}) << from;
    }
}

TEST(BlockLog, ACommitOfWhichOnlyLaterSectorsWereWrittenIsCut) {
    // A disk writes the sectors of what was not synced in any order.
    const TemporaryDirectory directory;
    const auto folder = directory.path() / "blocks";
    const auto path = folder / k_first_segment;
    const auto blocks = make_chain(6, 3);
    std::size_t before = 0;
    {
        BlockLog log = open_good(folder).log;
        ASSERT_TRUE(log.append(std::span(blocks).first(3)));
        before = read_file(path).size();
        ASSERT_TRUE(log.append(std::span(blocks).subspan(3)));
    }
    const Bytes whole = read_file(path);
    for (std::size_t at = before; at < whole.size(); at += 16) {
        Bytes scattered = whole;
        const std::size_t end = std::min(at + 16, whole.size());
        std::fill(scattered.begin() + static_cast<std::ptrdiff_t>(at),
                  scattered.begin() + static_cast<std::ptrdiff_t>(end), std::uint8_t{0});
        if (scattered == whole) continue;
        write_file(path, scattered);
        ASSERT_EQ(open_good(folder).log.height(), Height{3}) << at;
    }
}

TEST(BlockLog, DamageBeforeTheEndIsRefusedWithItsPlace) {
    const TemporaryDirectory directory;
    const auto folder = directory.path() / "blocks";
    const auto path = folder / k_first_segment;
    const auto blocks = make_chain(5);
    std::size_t last = 0;
    {
        BlockLog log = open_good(folder).log;
        for (const FinalBlock& block : blocks) {
            last = read_file(path).size();
            ASSERT_TRUE(log.append({&block, 1}));
        }
    }
    const Bytes whole = read_file(path);
    for (std::size_t at = 0; at < last; at += 5) {
        Bytes damaged = whole;
        damaged[at] ^= 0x10;
        write_file(path, damaged);
        const auto opened = BlockLog::open(folder, k_chain, k_genesis);
        ASSERT_FALSE(opened) << at;
        ASSERT_EQ(opened.error().code, ErrorCode::corrupt) << at << opened.error().message;
        ASSERT_EQ(read_file(path), damaged) << "a refused file is left as it is";
    }
}

TEST(BlockLog, ARecordInsideATransactionIsNotTakenForOne) {
    // Somebody who knows the format puts whole records into a payload; a torn write must still be seen as
    // torn.
    const TemporaryDirectory directory;
    const auto folder = directory.path() / "blocks";
    const auto path = folder / k_first_segment;
    auto blocks = make_chain(2);
    std::size_t before = 0;
    {
        BlockLog log = open_good(folder).log;
        ASSERT_TRUE(log.append(std::span(blocks).first(1)));
        const Bytes file = read_file(path);
        before = file.size();
        blocks[1].block.transactions[0].body.payload =
            Bytes(file.begin() + RecordFile::k_header_bytes, file.end());
        ASSERT_TRUE(log.append(std::span(blocks).subspan(1)));
    }
    Bytes torn = read_file(path);
    torn.pop_back();
    write_file(path, torn);
    const auto opened = open_good(folder);
    EXPECT_EQ(opened.log.height(), Height{1});
    EXPECT_EQ(read_file(path).size(), before);
}

TEST(BlockLog, AnotherChainsFileIsRefused) {
    const TemporaryDirectory directory;
    const auto folder = directory.path() / "blocks";
    const auto path = folder / k_first_segment;
    static_cast<void>(open_good(folder));
    const auto opened = BlockLog::open(folder, hash_of("another"), k_genesis);
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().code, ErrorCode::invalid);
}

/// Two commits of three blocks fit about into one.
constexpr std::uint64_t k_small_segment = 1'500;

std::vector<std::string> segments_in(const std::filesystem::path& folder) {
    return Files::of_system().list(folder).value();
}

BlockLog log_in_segments(const std::filesystem::path& folder, const std::vector<FinalBlock>& blocks) {
    BlockLog log = open_good(folder, k_small_segment).log;
    for (std::size_t i = 0; i < blocks.size(); i += 3)
        EXPECT_TRUE(log.append(std::span(blocks).subspan(i, 3)));
    return log;
}

TEST(BlockLog, GoesOnInSegmentsAndReadsThemAsOne) {
    const TemporaryDirectory directory;
    const auto blocks = make_chain(30, 3);
    {
        const BlockLog log = log_in_segments(directory.path(), blocks);
        EXPECT_GT(segments_in(directory.path()).size(), 3u);
    }
    const BlockLog log = open_good(directory.path(), k_small_segment).log;
    ASSERT_EQ(log.height(), Height{30});
    for (std::size_t i = 0; i < blocks.size(); ++i)
        EXPECT_EQ(log.read({i + 1}).value(), blocks[i]);
}

TEST(BlockLog, PruningDeletesWholeSegmentsAndSaysSo) {
    const TemporaryDirectory directory;
    const auto blocks = make_chain(30, 3);
    const std::size_t before = [&] {
        static_cast<void>(log_in_segments(directory.path(), blocks));
        return segments_in(directory.path()).size();
    }();
    BlockLog log = open_good(directory.path(), k_small_segment).log;
    ASSERT_TRUE(log.can_prune({20}));
    ASSERT_TRUE(log.prune({20}));
    EXPECT_FALSE(log.can_prune({20}));
    EXPECT_LT(segments_in(directory.path()).size(), before);
    const auto check = [&](const BlockLog& pruned) {
        EXPECT_GT(pruned.first(), Height{10});
        EXPECT_LE(pruned.first(), Height{20}) << "at least what was to be kept is there";
        EXPECT_EQ(pruned.height(), Height{30});
        for (std::uint64_t height = 1; height <= 30; ++height) {
            const auto block = pruned.read({height});
            const Hash hash = protocol::block_hash(blocks[height - 1].block);
            EXPECT_EQ(block.has_value(), Height{height} >= pruned.first());
            EXPECT_EQ(pruned.height_of(hash).has_value(), block.has_value());
            if (block) {
                EXPECT_EQ(*block, blocks[height - 1]);
            } else {
                EXPECT_EQ(block.error().code, ErrorCode::expired);
            }
        }
        EXPECT_EQ(pruned.hash_at({pruned.first().value - 1}),
                  protocol::block_hash(blocks[pruned.first().value - 2].block));
    };
    check(log);
    check(open_good(directory.path(), k_small_segment).log);
    const auto more = make_chain(33, 3);
    ASSERT_TRUE(log.append(std::span(more).subspan(30)));
    EXPECT_EQ(open_good(directory.path(), k_small_segment).log.height(), Height{33});
    ASSERT_TRUE(log.prune({1'000}));
    EXPECT_EQ(segments_in(directory.path()).size(), 1u) << "the newest stays";
}

TEST(BlockLog, ASegmentThatIsMissingCutOrRenamedIsRefused) {
    const TemporaryDirectory directory;
    static_cast<void>(log_in_segments(directory.path(), make_chain(30, 3)));
    const auto names = segments_in(directory.path());
    const auto refused = [&] {
        const auto opened = BlockLog::open(directory.path(), k_chain, k_genesis);
        return !opened && opened.error().code == ErrorCode::corrupt;
    };
    const auto second = directory.path() / names[1];
    const Bytes whole = read_file(second);
    std::filesystem::rename(second, directory.path() / "aside");
    EXPECT_TRUE(refused());
    std::filesystem::rename(directory.path() / "aside", directory.path() / "000000000005.log");
    EXPECT_TRUE(refused());
    std::filesystem::rename(directory.path() / "000000000005.log", second);
    EXPECT_FALSE(refused());
    for (const std::size_t size :
         {whole.size() - 1, whole.size() / 2, RecordFile::k_header_bytes, std::size_t{0}}) {
        write_file(second, ByteView(whole).first(size));
        EXPECT_TRUE(refused()) << size;
    }
}

TEST(DirectoryLock, IsHeldOnceAtATime) {
    const TemporaryDirectory directory;
    const auto data = directory.path() / "a" / "b";
    {
        const auto lock = DirectoryLock::take(data);
        ASSERT_TRUE(lock) << lock.error().message;
        const auto second = DirectoryLock::take(data);
        ASSERT_FALSE(second);
        EXPECT_EQ(second.error().code, ErrorCode::conflict);
    }
    EXPECT_TRUE(DirectoryLock::take(data));
}

}  // namespace
}  // namespace dure::node
