// Genesis: everything that the participants of a chain agree on before its first block. The chain's id is its
// hash.
#pragma once

#include <cstdint>
#include <tuple>

#include "base/codec.h"
#include "base/hash.h"
#include "base/keys.h"
#include "base/money.h"
#include "base/protocol/block.h"
#include "base/protocol/validators.h"
#include "ledger/records/change.h"
#include "ledger/records/checkpoint.h"
#include "ledger/records/parameters.h"
#include "ledger/records/peer.h"
#include "ledger/records/segments.h"
#include "ledger/records/shard.h"

namespace dure::ledger {

inline constexpr std::uint32_t k_genesis_version = 1;
inline constexpr std::size_t k_max_genesis_accounts = 65'536;
inline constexpr Shares k_max_genesis_shares{std::uint64_t{1}
                                             << 62};  ///< with all that can be minted less than k_max_supply
inline constexpr std::size_t k_max_generations = 15;  ///< beyond the one that genesis begins with

struct GenesisValidator {
    Account account;      ///< the node's hot key
    Account beneficiary;  ///< gets its shares and fees; may be the same account
    Shares bonded;        ///< its weight, and its stake in the model
    Hash beacon_link;     ///< the tip of its hash chain (beacon.h)
    std::uint8_t roles = 0;
    Endpoint endpoint;
    ServiceUrl service;
    Coin price_per_input_token;
    Coin price_per_output_token;

    static constexpr auto fields() {
        using T = GenesisValidator;
        return std::tuple(&T::account, &T::beneficiary, &T::bonded, &T::beacon_link, &T::roles, &T::endpoint,
                          &T::service, &T::price_per_input_token, &T::price_per_output_token);
    }
    friend bool operator==(const GenesisValidator&, const GenesisValidator&) = default;
};

struct GenesisBalance {
    Account account;
    Coin coins;

    static constexpr auto fields() { return std::tuple(&GenesisBalance::account, &GenesisBalance::coins); }
    friend bool operator==(const GenesisBalance&, const GenesisBalance&) = default;
};

/// How a conversation becomes a prompt: each turn between what its role begins and ends with, and at last what an
/// answer begins with.
struct ChatTemplate {
    BoundedString<128> system_begin;
    BoundedString<128> system_end;
    BoundedString<128> user_begin;
    BoundedString<128> user_end;
    BoundedString<128> assistant_begin;
    BoundedString<128> assistant_end;
    BoundedList<BoundedString<64>, 4> stops;  ///< an answer ends before these

    /// "### System", "### User", "### Assistant" on lines of their own.
    static ChatTemplate plain();

    static constexpr auto fields() {
        using T = ChatTemplate;
        return std::tuple(&T::system_begin, &T::system_end, &T::user_begin, &T::user_end, &T::assistant_begin,
                          &T::assistant_end, &T::stops);
    }
    friend bool operator==(const ChatTemplate&, const ChatTemplate&) = default;
};

struct GenesisModel {
    BoundedString<32> arithmetic_profile;  ///< "fp32-chain-1"
    TrainerConfig architecture;
    TrainerConfig training;
    std::uint32_t windows_per_unit = 0;  ///< steps × batch of `training`
    std::uint32_t window_tokens = 0;     ///< sequence length + 1 of `training`
    SegmentPlan unit;                    ///< steps and segments of `training`
    Hash tokenizer_blob;
    Hash checkpoint_root;  ///< of checkpoint 0
    Hash checkpoint_blob;
    std::uint64_t held_out_loss = 0;  ///< of checkpoint 0, micro-nats a token
    Hash held_out_blob;
    std::uint64_t held_out_tokens = 0;
    Sketch held_out_sketch;  ///< of its text: nothing like it becomes a shard
    BoundedList<GenerationRecord, k_max_generations> generations;  ///< by ascending tokens
    std::uint64_t growth_seed = 0;                                 ///< of the parameters that are new in them
    ChatTemplate chat = ChatTemplate::plain();

    static constexpr auto fields() {
        using T = GenesisModel;
        return std::tuple(&T::arithmetic_profile, &T::architecture, &T::training, &T::windows_per_unit,
                          &T::window_tokens, &T::unit, &T::tokenizer_blob, &T::checkpoint_root,
                          &T::checkpoint_blob, &T::held_out_loss, &T::held_out_blob, &T::held_out_tokens,
                          &T::held_out_sketch, &T::generations, &T::growth_seed, &T::chat);
    }
    friend bool operator==(const GenesisModel&, const GenesisModel&) = default;
};

struct Genesis {
    std::uint32_t version = k_genesis_version;
    BoundedString<64> chain_name;
    Parameters parameters;
    ChangeRules changes;  ///< which of them may be voted on, and how
    BoundedList<GenesisValidator, protocol::k_max_validators>
        validators;                                                ///< by ascending account, each once
    BoundedList<GenesisBalance, k_max_genesis_accounts> balances;  ///< by ascending account, each once
    GenesisModel model;

    static constexpr auto fields() {
        using T = Genesis;
        return std::tuple(&T::version, &T::chain_name, &T::parameters, &T::changes, &T::validators,
                          &T::balances, &T::model);
    }
    friend bool operator==(const Genesis&, const Genesis&) = default;

    /// Errors: `invalid`, `out_of_range`: what is wrong and where.
    Status check() const;
    Hash chain_id() const;
    /// The validator set of epoch 0.
    protocol::ValidatorSet validator_set() const;
};

/// The block at height 0: no transactions, a header of zeros but for chain id and version. Block 1 names its
/// hash as parent.
protocol::Block genesis_block(const Genesis& genesis);

}  // namespace dure::ledger
