// Events of changes that owners vote on.
#pragma once

#include <cstdint>
#include <tuple>

#include "base/keys.h"
#include "base/money.h"
#include "base/protocol/types.h"

namespace dure::ledger {

struct ChangeProposed {
    static constexpr const char* k_name = "change_proposed";
    std::uint64_t proposal = 0;
    Account account;
    protocol::Epoch closes;  ///< votes are counted when this epoch ends
    protocol::Epoch from;    ///< it is to hold from this epoch on
    static constexpr auto fields() {
        using T = ChangeProposed;
        return std::tuple(&T::proposal, &T::account, &T::closes, &T::from);
    }
    friend bool operator==(const ChangeProposed&, const ChangeProposed&) = default;
};

struct ChangeVoted {
    static constexpr const char* k_name = "change_voted";
    std::uint64_t proposal = 0;
    Account account;
    bool yes = false;  ///< else it took its vote back
    static constexpr auto fields() {
        return std::tuple(&ChangeVoted::proposal, &ChangeVoted::account, &ChangeVoted::yes);
    }
    friend bool operator==(const ChangeVoted&, const ChangeVoted&) = default;
};

struct ChangeAccepted {
    static constexpr const char* k_name = "change_accepted";
    std::uint64_t proposal = 0;
    Shares for_it;
    Shares of_all;
    protocol::Epoch from;
    static constexpr auto fields() {
        using T = ChangeAccepted;
        return std::tuple(&T::proposal, &T::for_it, &T::of_all, &T::from);
    }
    friend bool operator==(const ChangeAccepted&, const ChangeAccepted&) = default;
};

/// The next block is the first one that it holds for.
struct ChangeApplied {
    static constexpr const char* k_name = "change_applied";
    std::uint64_t proposal = 0;
    protocol::Epoch from;
    static constexpr auto fields() { return std::tuple(&ChangeApplied::proposal, &ChangeApplied::from); }
    friend bool operator==(const ChangeApplied&, const ChangeApplied&) = default;
};

struct ChangeLapsed {
    static constexpr const char* k_name = "change_lapsed";
    std::uint64_t proposal = 0;
    bool accepted = false;  ///< but no longer possible when its epoch came; else too few shares voted for it
    static constexpr auto fields() { return std::tuple(&ChangeLapsed::proposal, &ChangeLapsed::accepted); }
    friend bool operator==(const ChangeLapsed&, const ChangeLapsed&) = default;
};

}  // namespace dure::ledger
