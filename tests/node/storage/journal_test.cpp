#include "node/storage/journal.h"

#include <gtest/gtest.h>

#include "tests/node/storage/temporary_directory.h"

namespace dure::node {
namespace {

using namespace dure::test;

const Hash k_journal_chain = hash_of("chain");

std::vector<Bytes> some_records(std::size_t count) {
    std::vector<Bytes> records;
    for (std::size_t i = 0; i < count; ++i)
        records.push_back(Bytes(i * 11 % 40, static_cast<std::uint8_t>(i)));
    return records;
}

std::vector<Bytes> records_in(const std::filesystem::path& path) {
    auto opened = Journal::open(path, k_journal_chain);
    EXPECT_TRUE(opened) << opened.error().message;
    return opened ? std::move(opened->records) : std::vector<Bytes>{};
}

TEST(Journal, GivesBackItsRecordsInOrder) {
    const TemporaryDirectory directory;
    const auto path = directory.path() / "journal";
    const auto records = some_records(20);
    {
        auto journal = Journal::create(path, k_journal_chain);
        ASSERT_TRUE(journal);
        ASSERT_TRUE(journal->append(std::span(records).first(5)));
        ASSERT_TRUE(journal->append(std::span(records).subspan(5)));
    }
    EXPECT_EQ(records_in(path), records);
}

TEST(Journal, CutAtAnyByteHoldsTheRecordsBefore) {
    const TemporaryDirectory directory;
    const auto path = directory.path() / "journal";
    const auto records = some_records(6);
    std::vector<std::size_t> ends;
    {
        auto journal = Journal::create(path, k_journal_chain);
        ASSERT_TRUE(journal);
        for (const Bytes& record : records) {
            ends.push_back(read_file(path).size());
            ASSERT_TRUE(journal->append({&record, 1}));
        }
    }
    const Bytes whole = read_file(path);
    ends.push_back(whole.size());
    for (std::size_t size = ends.front(); size <= whole.size(); ++size) {
        write_file(path, ByteView(whole).first(size));
        std::size_t complete = 0;
        while (complete < records.size() && ends[complete + 1] <= size)
            ++complete;
        ASSERT_EQ(
            records_in(path),
            std::vector<Bytes>(records.begin(), records.begin() + static_cast<std::ptrdiff_t>(complete)))
            << size;
    }
}

TEST(Journal, LostOrDamagedIsReported) {
    const TemporaryDirectory directory;
    const auto path = directory.path() / "journal";
    EXPECT_EQ(Journal::open(path, k_journal_chain).error().code, ErrorCode::not_found);
    {
        auto journal = Journal::create(path, k_journal_chain);
        ASSERT_TRUE(journal);
        ASSERT_TRUE(journal->append(some_records(4)));
        ASSERT_TRUE(journal->append(some_records(1)));
    }
    EXPECT_EQ(Journal::create(path, k_journal_chain).error().code, ErrorCode::duplicate);
    const Bytes whole = read_file(path);
    Bytes damaged = whole;
    damaged[RecordFile::k_header_bytes + 6] ^= 1;
    write_file(path, damaged);
    EXPECT_EQ(Journal::open(path, k_journal_chain).error().code, ErrorCode::corrupt);
    for (std::size_t size = 0; size < RecordFile::k_header_bytes; ++size) {
        write_file(path, ByteView(whole).first(size));
        ASSERT_EQ(Journal::open(path, k_journal_chain).error().code, ErrorCode::corrupt) << size;
    }
}

TEST(Journal, ReplacingKeepsJustTheNewRecordsAndGoesOn) {
    const TemporaryDirectory directory;
    const auto path = directory.path() / "journal";
    const auto records = some_records(8);
    {
        auto journal = Journal::create(path, k_journal_chain);
        ASSERT_TRUE(journal);
        ASSERT_TRUE(journal->append(records));
        ASSERT_TRUE(journal->replace(std::span(records).subspan(6)));
        ASSERT_TRUE(journal->append(std::span(records).first(1)));
    }
    EXPECT_EQ(records_in(path), (std::vector<Bytes>{records[6], records[7], records[0]}));
    // A crash between making the new file and renaming it leaves the old one in force.
    write_file(path.string() + ".new", as_bytes("half a file"));
    EXPECT_EQ(records_in(path).size(), 3U);
}

}  // namespace
}  // namespace dure::node
