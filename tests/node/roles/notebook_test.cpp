#include "node/roles/notebook.h"

#include <gtest/gtest.h>

#include <fstream>

#include "base/hash.h"
#include "tests/node/storage/temporary_directory.h"

namespace dure::node {
namespace {

using protocol::Round;

Hash hash_of(std::uint8_t byte) {
    Hash hash;
    hash.bytes.fill(byte);
    return hash;
}

TEST(Notebook, FindsWhatWasWrittenLast) {
    Notebook notebook;
    EXPECT_FALSE(notebook.find<Hash>(Round{3}, "a"));
    notebook.write(Round{3}, "a", hash_of(1));
    notebook.write(Round{3}, "a", hash_of(2));
    notebook.write(Round{4}, "a", hash_of(3));
    EXPECT_EQ(notebook.find<Hash>(Round{3}, "a"), hash_of(2));
    EXPECT_EQ(notebook.find<Hash>(Round{4}, "a"), hash_of(3));
    notebook.forget_before(Round{4});
    EXPECT_FALSE(notebook.find<Hash>(Round{3}, "a"));
    EXPECT_EQ(notebook.find<Hash>(Round{4}, "a"), hash_of(3));
}

TEST(Notebook, OutlivesARestartAndLeavesOtherFilesAlone) {
    const test::TemporaryDirectory folder;
    const auto notes = folder.path() / "notes";
    {
        auto notebook = Notebook::open(notes);
        ASSERT_TRUE(notebook);
        notebook->write(Round{12}, "unit-3", hash_of(7));
        notebook->write(Round{9}, "unit-3", hash_of(6));
        notebook->forget_before(Round{10});
    }
    std::ofstream(notes / "12-unit-4.part") << "half";
    std::ofstream(notes / "something else") << "x";
    std::ofstream(notes / "99999999999999999999-a") << "x";
    auto again = Notebook::open(notes);
    ASSERT_TRUE(again);
    EXPECT_EQ(again->find<Hash>(Round{12}, "unit-3"), hash_of(7));
    EXPECT_FALSE(again->find<Hash>(Round{9}, "unit-3"));
    EXPECT_FALSE(again->find<Hash>(Round{12}, "unit-4.part"));
    EXPECT_TRUE(std::filesystem::exists(notes / "something else"));
}

TEST(Notebook, WhatIsDamagedIsNotThere) {
    const test::TemporaryDirectory folder;
    {
        auto notebook = Notebook::open(folder.path());
        ASSERT_TRUE(notebook);
        notebook->write(Round{1}, "a", hash_of(1));
    }
    std::ofstream(folder.path() / "1-a", std::ios::trunc) << "short";
    auto again = Notebook::open(folder.path());
    ASSERT_TRUE(again);
    EXPECT_FALSE(again->find<Hash>(Round{1}, "a"));
}

}  // namespace
}  // namespace dure::node
