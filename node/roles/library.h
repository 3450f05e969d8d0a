// What work needs to know, fetched and checked once and then kept in memory within bounds: checkpoints, the
// tokenizer, the hold-out's and the shards' token ids.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/thread_pool.hpp>
#include <cstdint>
#include <list>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "base/hash.h"
#include "base/result.h"
#include "ledger/records/genesis.h"
#include "ledger/views.h"
#include "node/blobs/blob_access.h"
#include "trainer/model/config.h"
#include "trainer/rounds/checkpoint.h"
#include "trainer/text/tokenizer.h"

namespace dure::node {

struct LibraryLimits {
    std::size_t max_checkpoints = 2;
    std::size_t max_token_bytes = std::size_t{512} << 20;  ///< of all shards' token ids
    bool has_thread = true;  ///< that decodes; else it is done where it is asked for
};

class Library {
  public:
    using CheckpointPtr = std::shared_ptr<const trainer::Checkpoint>;
    using TokenizerPtr = std::shared_ptr<const trainer::Tokenizer>;
    using TokensPtr = std::shared_ptr<const trainer::Tokens>;

    struct ShardText {
        TokensPtr tokens;
        std::uint64_t bytes = 0;  ///< of the text in normal form
        ledger::Sketch sketch;
    };

    /// `blobs` outlives this. Errors: `invalid` for a genesis whose trainer part this program does not
    /// understand.
    static Result<std::unique_ptr<Library>> create(BlobAccess& blobs, const ledger::Genesis& genesis,
                                                   LibraryLimits limits = {});

    /// The shape that the chain began with; a checkpoint's own is in it.
    const trainer::ModelConfig& first_shape() const { return shapes_.front(); }
    /// The shape of a generation. Errors: `invalid` for one that genesis does not know.
    Result<trainer::ModelConfig> shape_of(protocol::Generation generation) const;
    std::uint64_t growth_seed() const { return genesis_.growth_seed; }
    const trainer::TrainConfig& train() const { return train_; }

    /// The checkpoint of that name, checked against its root. Errors: those of BlobAccess::fetch; `invalid` if the
    /// bytes are not that checkpoint.
    boost::asio::awaitable<Result<CheckpointPtr>> checkpoint(ledger::CheckpointRecord record);
    /// Keeps one that was computed here.
    void keep(const Hash& blob, CheckpointPtr checkpoint);

    boost::asio::awaitable<Result<TokenizerPtr>> tokenizer();
    boost::asio::awaitable<Result<TokensPtr>> held_out();
    /// An accepted shard's token ids, checked against the ids' hash that its committee attested.
    boost::asio::awaitable<Result<TokensPtr>> shard(Hash name, ledger::ShardKind kind, Hash token_ids_hash);
    /// What the bytes of that name are as a shard of that kind. Errors: those of BlobAccess::fetch; `invalid` if
    /// they are none.
    boost::asio::awaitable<Result<ShardText>> shown(Hash name, ledger::ShardKind kind,
                                                    std::uint64_t max_bytes);

    /// Answers to scorings that were committed to and will have to be opened; by the scorings' seeds.
    std::optional<ledger::ShardAnswer> find_answer(const Hash& seed) const;
    void keep_answer(const Hash& seed, const ledger::ShardAnswer& answer);

    void stop() {
        if (study_) study_->join();
    }

  private:
    Library(BlobAccess& blobs, const ledger::Genesis& genesis, LibraryLimits limits)
        : blobs_(blobs), genesis_(genesis.model), limits_(limits) {
        if (limits.has_thread) study_.emplace(1);
    }

    template <class F>
    boost::asio::awaitable<std::invoke_result_t<F>> decoded(F f);
    TokensPtr find_tokens(const Hash& shard);
    void keep_tokens(const Hash& shard, TokensPtr tokens);

    BlobAccess& blobs_;
    const ledger::GenesisModel genesis_;
    const LibraryLimits limits_;
    std::vector<trainer::ModelConfig> shapes_;  ///< by generation
    trainer::TrainConfig train_;
    TokenizerPtr tokenizer_;
    TokensPtr held_out_;
    std::list<std::pair<Hash, CheckpointPtr>> checkpoints_;  ///< the most recently used first
    std::list<std::pair<Hash, TokensPtr>> shards_;           ///< the most recently used first
    std::size_t token_bytes_ = 0;
    std::list<std::pair<Hash, ledger::ShardAnswer>> answers_;  ///< the newest first
    std::optional<boost::asio::thread_pool> study_;
};

}  // namespace dure::node
