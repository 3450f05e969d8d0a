// The messages between nodes, after the hello (docs/protocol/wire.md). One frame holds the encoding of one
// `Message`; the variant's order is the wire's numbering, so alternatives are only ever appended.
//
// A message has proven nothing when it arrives: decoding bounds its size and form, its receiver checks its
// contents.
#pragma once

#include <cstdint>
#include <optional>
#include <tuple>
#include <type_traits>
#include <variant>

#include "base/blob.h"
#include "base/codec.h"
#include "base/hash.h"
#include "base/keys.h"
#include "base/merkle.h"
#include "base/protocol/block.h"
#include "base/protocol/transaction.h"
#include "base/protocol/vote.h"
#include "node/storage/final_block.h"

namespace dure::node {

/// How much a frame may carry, by what is in it: the u32 length of a frame is refused above its type's limit
/// before anything is allocated for it.
inline constexpr std::size_t k_max_small_message_bytes = 64 * 1024;
inline constexpr std::size_t k_max_certificate_bytes = 32 * 1024;
inline constexpr std::size_t k_max_transactions_message_bytes = 1024 * 1024;
inline constexpr std::size_t k_max_chunk_message_bytes = k_blob_chunk_bytes + 4 * 1024;
inline constexpr std::size_t k_max_block_message_bytes = protocol::k_max_block_bytes + 64 * 1024;
inline constexpr std::size_t k_max_proposal_message_bytes =
    k_max_block_message_bytes + (protocol::k_max_embedded_skips + 1) * k_max_certificate_bytes;
inline constexpr std::size_t k_max_range_message_bytes = 2 * k_max_block_message_bytes;
inline constexpr std::size_t k_max_frame_bytes = k_max_range_message_bytes;

inline constexpr std::size_t k_max_gossiped_transactions = 2'000;
inline constexpr std::size_t k_max_range_blocks = 256;
inline constexpr std::size_t k_max_listed_peers = 128;
inline constexpr std::size_t k_max_endpoint_characters = 128;

/// Transactions that the receiver may not know yet.
struct Transactions {
    BoundedList<protocol::Transaction, k_max_gossiped_transactions> transactions;
    static constexpr auto fields() { return std::tuple(&Transactions::transactions); }
};

/// Asks for one block by its name, final or not.
struct BlockRequest {
    Hash block;
    static constexpr auto fields() { return std::tuple(&BlockRequest::block); }
};

/// Answers a BlockRequest; without a block if the sender does not have it.
struct BlockResponse {
    Hash requested;
    std::optional<protocol::Block> block;
    static constexpr auto fields() { return std::tuple(&BlockResponse::requested, &BlockResponse::block); }
};

/// Asks for final blocks from a height on, at most so many.
struct RangeRequest {
    protocol::Height first;
    std::uint32_t count = 0;
    static constexpr auto fields() { return std::tuple(&RangeRequest::first, &RangeRequest::count); }
};

/// Answers a RangeRequest with blocks of consecutive heights, as many as there are and fit; none if the
/// sender has none.
struct RangeResponse {
    protocol::Height first;
    BoundedList<FinalBlock, k_max_range_blocks> blocks;
    static constexpr auto fields() { return std::tuple(&RangeResponse::first, &RangeResponse::blocks); }
};

/// How far the sender is; sent after the hello, after every commit and from time to time.
struct ChainStatus {
    protocol::Height height;
    Hash block;
    protocol::Height first{1};  ///< the oldest block that the sender still has
    static constexpr auto fields() {
        return std::tuple(&ChainStatus::height, &ChainStatus::block, &ChainStatus::first);
    }
};

/// Asks for one chunk of a blob.
struct ChunkRequest {
    Hash blob;
    std::uint64_t index = 0;
    static constexpr auto fields() { return std::tuple(&ChunkRequest::blob, &ChunkRequest::index); }
};

struct Chunk {
    BoundedBytes<k_blob_chunk_bytes> data;
    MerkleProof proof;  ///< its count says how many chunks the blob has
    static constexpr auto fields() { return std::tuple(&Chunk::data, &Chunk::proof); }
};

/// Answers a ChunkRequest; without a chunk if the sender does not have it.
struct ChunkResponse {
    Hash blob;
    std::uint64_t index = 0;
    std::optional<Chunk> chunk;
    static constexpr auto fields() {
        return std::tuple(&ChunkResponse::blob, &ChunkResponse::index, &ChunkResponse::chunk);
    }
};

struct PeerListRequest {
    static constexpr auto fields() { return std::tuple(); }
};

/// Where a node says that it listens: "host:port".
struct ListedPeer {
    Account node;
    BoundedString<k_max_endpoint_characters> endpoint;
    static constexpr auto fields() { return std::tuple(&ListedPeer::node, &ListedPeer::endpoint); }
};

struct PeerList {
    BoundedList<ListedPeer, k_max_listed_peers> peers;
    static constexpr auto fields() { return std::tuple(&PeerList::peers); }
};

using Message = std::variant<protocol::Proposal, protocol::SignedVote, protocol::Certificate, Transactions,
                             BlockRequest, BlockResponse, RangeRequest, RangeResponse, ChainStatus,
                             ChunkRequest, ChunkResponse, PeerListRequest, PeerList>;

namespace message_detail {
template <class M, class... Ms>
constexpr std::size_t tag_of(const std::variant<Ms...>*) {
    std::size_t tag = 0;
    static_cast<void>(((std::is_same_v<M, Ms> ? true : (++tag, false)) || ...));
    return tag;
}
}  // namespace message_detail

/// The number of an alternative on the wire.
template <class M>
inline constexpr std::size_t k_message_tag = message_detail::tag_of<M>(static_cast<const Message*>(nullptr));

/// The most bytes that a message with this tag may have; 0 for a tag that does not exist.
std::size_t message_limit(std::size_t tag);

/// Its name in logs and metrics.
const char* message_name(std::size_t tag);

/// Who goes first when a line is slow: agreement, then answers and transactions, then bulk data.
enum class Priority : std::uint8_t { consensus, normal, bulk };

Priority message_priority(std::size_t tag);

}  // namespace dure::node
