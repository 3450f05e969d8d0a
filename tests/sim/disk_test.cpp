// The simulated disk keeps what real ones promise, and nothing more.
#include "tools/sim/disk.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace dure::sim {
namespace {

const std::filesystem::path k_path = "data/file";

Bytes contents(Disk& disk) {
    auto file = disk.open(k_path, node::File::Mode::existing);
    if (!file) return {};
    return file->read(0, static_cast<std::size_t>(file->size().value())).value();
}

/// Makes the file with these bytes, durably.
node::File make(Disk& disk, const Bytes& bytes) {
    auto file = disk.open("data/file.new", node::File::Mode::create).value();
    EXPECT_TRUE(file.write(0, bytes) && file.sync() && file.rename(k_path));
    return file;
}

TEST(SimulatedDisk, WhatWasSyncedOutlivesAPowerCut) {
    for (std::uint64_t seed = 1; seed <= 100; ++seed) {
        World world(seed);
        Disk disk(world, {});
        node::File file = make(disk, Bytes(2'000, 1));
        ASSERT_TRUE(file.write(2'000, Bytes(2'000, 2)));
        disk.cut_power();
        const Bytes left = contents(disk);
        ASSERT_GE(left.size(), 2'000u);
        EXPECT_EQ(Bytes(left.begin(), left.begin() + 2'000), Bytes(2'000, 1));
    }
}

TEST(SimulatedDisk, WhatWasNotSyncedIsKeptLostTornOrScattered) {
    bool lost = false, torn = false, scattered = false;
    for (std::uint64_t seed = 1; seed <= 200; ++seed) {
        World world(seed);
        Disk disk(world, {});
        node::File file = make(disk, {});
        ASSERT_TRUE(file.write(0, Bytes(4'000, 7)));
        disk.cut_power();
        const Bytes left = contents(disk);
        const auto sevens = std::ranges::count(left, 7);
        lost = lost || left.empty();
        torn = torn || (sevens > 0 && sevens < 4'000 && left.size() < 4'000 && left[0] == 7);
        scattered = scattered || (left.size() > 600 && left[0] == 0 && sevens > 0);
    }
    EXPECT_TRUE(lost && torn && scattered);
}

TEST(SimulatedDisk, ANameThatWasNotMadeDurableGoes) {
    World world(1);
    Disk disk(world, {});
    ASSERT_TRUE(disk.open(k_path, node::File::Mode::create));
    disk.cut_power();
    EXPECT_FALSE(disk.exists(k_path));
}

TEST(SimulatedDisk, AFullDiskTakesAPartAndSaysSo) {
    World world(1);
    Disk disk(world, {});
    node::File file = make(disk, Bytes(10, 1));
    disk.set_full(true);
    EXPECT_EQ(file.write(10, Bytes(100, 2)).error().code, ErrorCode::io);
    EXPECT_LT(file.size().value(), 110u);
    EXPECT_TRUE(file.truncate(10));
    disk.set_full(false);
    EXPECT_TRUE(file.write(10, Bytes(100, 2)));
}

TEST(SimulatedDisk, PowerMayGoInAnyOperation) {
    World world(1);
    Disk disk(world, {.crash = 1});
    auto file = disk.open(k_path, node::File::Mode::create).value();
    EXPECT_THROW(static_cast<void>(file.write(0, Bytes(1, 1))), PowerCut);
    EXPECT_THROW(static_cast<void>(file.sync()), PowerCut);
    EXPECT_THROW(static_cast<void>(file.rename("data/other")), PowerCut);
    disk.set_calm(true);
    EXPECT_TRUE(file.sync());
}

TEST(SimulatedDisk, AWornDiskRotsAndMisdirectsAndKnowsIt) {
    World world(1);
    Disk rotten(world, {.rot = 1});
    make(rotten, Bytes(100, 1));
    EXPECT_NE(contents(rotten), Bytes(100, 1));
    EXPECT_TRUE(rotten.damaged());
    Disk lost(world, {.misdirect = 1});
    make(lost, Bytes(100, 1));
    EXPECT_TRUE(lost.damaged());
}

}  // namespace
}  // namespace dure::sim
