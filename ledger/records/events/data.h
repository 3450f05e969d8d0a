// Events of contributed data: from the offer to the judgement, and what may come after it.
#pragma once

#include <cstdint>
#include <tuple>

#include "base/hash.h"
#include "base/keys.h"
#include "base/money.h"
#include "base/protocol/types.h"
#include "ledger/records/shard.h"

namespace dure::ledger {

struct DataOffered {
    static constexpr const char* k_name = "data_offered";
    std::uint64_t offer = 0;
    Account owner;
    Hash commitment;
    protocol::Height expires;
    static constexpr auto fields() {
        return std::tuple(&DataOffered::offer, &DataOffered::owner, &DataOffered::commitment,
                          &DataOffered::expires);
    }
    friend bool operator==(const DataOffered&, const DataOffered&) = default;
};

struct DataShown {
    static constexpr const char* k_name = "data_shown";
    std::uint64_t offer = 0;
    Hash shard;
    Account owner;
    std::uint64_t bytes = 0;
    static constexpr auto fields() {
        return std::tuple(&DataShown::offer, &DataShown::shard, &DataShown::owner, &DataShown::bytes);
    }
    friend bool operator==(const DataShown&, const DataShown&) = default;
};

/// Not shown in time: the deposit went to the owners.
struct OfferExpired {
    static constexpr const char* k_name = "offer_expired";
    std::uint64_t offer = 0;
    Account owner;
    Coin deposit;
    static constexpr auto fields() {
        return std::tuple(&OfferExpired::offer, &OfferExpired::owner, &OfferExpired::deposit);
    }
    friend bool operator==(const OfferExpired&, const OfferExpired&) = default;
};

struct ScorerDrawn {
    static constexpr const char* k_name = "scorer_drawn";
    Hash shard;
    Account scorer;
    protocol::Height deadline;
    static constexpr auto fields() {
        return std::tuple(&ScorerDrawn::shard, &ScorerDrawn::scorer, &ScorerDrawn::deadline);
    }
    friend bool operator==(const ScorerDrawn&, const ScorerDrawn&) = default;
};

struct DataAttested {
    static constexpr const char* k_name = "data_attested";
    Hash shard;
    Account scorer;
    std::optional<ShardAnswer> answer;  ///< none: a commitment
    static constexpr auto fields() {
        return std::tuple(&DataAttested::shard, &DataAttested::scorer, &DataAttested::answer);
    }
    friend bool operator==(const DataAttested&, const DataAttested&) = default;
};

struct DataJudged {
    static constexpr const char* k_name = "data_judged";
    Hash shard;
    ShardStatus status = ShardStatus::accepted;
    ShardAnswer answer;
    static constexpr auto fields() {
        return std::tuple(&DataJudged::shard, &DataJudged::status, &DataJudged::answer);
    }
    friend bool operator==(const DataJudged&, const DataJudged&) = default;
};

/// An accepted shard weighs something else from now on.
struct DataRescored {
    static constexpr const char* k_name = "data_rescored";
    Hash shard;
    protocol::Generation generation;
    std::uint64_t score_before = 0;
    std::uint64_t score = 0;
    static constexpr auto fields() {
        return std::tuple(&DataRescored::shard, &DataRescored::generation, &DataRescored::score_before,
                          &DataRescored::score);
    }
    friend bool operator==(const DataRescored&, const DataRescored&) = default;
};

struct DataWithdrawn {
    static constexpr const char* k_name = "data_withdrawn";
    Hash shard;
    bool by_vote = false;
    Shares clawed_back;
    static constexpr auto fields() {
        return std::tuple(&DataWithdrawn::shard, &DataWithdrawn::by_vote, &DataWithdrawn::clawed_back);
    }
    friend bool operator==(const DataWithdrawn&, const DataWithdrawn&) = default;
};

}  // namespace dure::ledger
