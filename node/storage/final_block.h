// A block of the final chain as it is stored and sent.
#pragma once

#include <optional>
#include <tuple>

#include "base/codec.h"
#include "base/protocol/block.h"
#include "base/protocol/vote.h"

namespace dure::node {

/// With the finalization by which it was committed, where it was the last of its commit; a finalization
/// proves all blocks before it too.
struct FinalBlock {
    std::optional<protocol::Certificate> finalization;
    protocol::Block block;
    static constexpr auto fields() { return std::tuple(&FinalBlock::finalization, &FinalBlock::block); }
    friend bool operator==(const FinalBlock&, const FinalBlock&) = default;
};

}  // namespace dure::node
