#include "node/roles/retention.h"

#include <gtest/gtest.h>

namespace dure::node {
namespace {

Hash name_of(std::uint8_t number) {
    Hash name;
    name.bytes[0] = number;
    return name;
}

TEST(Retention, OnlyWhatWasOfNoUseForTheWholeGraceGoes) {
    Retention retention({.grace_blocks = 100});
    const std::vector<StoredBlob> stored{{name_of(1), 1}, {name_of(2), 1}, {name_of(3), 1}};
    EXPECT_TRUE(retention.sweep(stored, {name_of(1)}, {}, {1'000}).empty());
    EXPECT_TRUE(retention.sweep(stored, {name_of(1), name_of(2)}, {}, {1'060}).empty())
        << "2 was needed after all";
    EXPECT_TRUE(retention.sweep(stored, {name_of(1)}, {}, {1'099}).empty());
    EXPECT_EQ(retention.sweep(stored, {name_of(1)}, {}, {1'100}), std::vector{name_of(3)});
    EXPECT_TRUE(retention.sweep({{name_of(1), 1}, {name_of(2), 1}}, {name_of(1)}, {}, {1'198}).empty());
    EXPECT_EQ(retention.sweep({{name_of(1), 1}, {name_of(2), 1}}, {name_of(1)}, {}, {1'199}),
              std::vector{name_of(2)});
}

}  // namespace
}  // namespace dure::node
