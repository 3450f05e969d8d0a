// Validators who leave and come back, and whose stakes move: what of it is due next, read off a final state. One change
// is under way at a time, of an honest validator, and only while the faulty ones weigh less than a third without it.
#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "ledger/state/reader.h"
#include "ledger/transactions/payload.h"
#include "tools/sim/member.h"

namespace dure::sim {

class Membership {
  public:
    Membership(const Scenario& scenario, const Village& village, std::vector<MemberSetup> validators)
        : scenario_(scenario),
          village_(village),
          validators_(std::move(validators)),
          chains_(validators_.size(), 0) {}

    /// What carries the change under way on, or begins another; nothing while it only takes time. `next_nonce` is for
    /// whoever signs.
    std::optional<protocol::Transaction> next(const ledger::StateReader& state, Chance& chance,
                                              const std::function<std::uint64_t(const Account&)>& next_nonce);
    std::uint64_t finished() const { return finished_; }

  private:
    struct Change {
        std::size_t validator = 0;
        bool leaves = false;  ///< else it moves a quarter of its stake
        bool away = false;
    };
    bool can_be_spared(std::size_t validator) const;
    std::optional<Change> unfinished(const ledger::StateReader& state) const;
    std::optional<ledger::Payload> step(const ledger::StateReader& state);
    std::optional<ledger::Payload> leave_and_return(const ledger::StateReader& state);
    std::optional<ledger::Payload> move_stake(const ledger::StateReader& state);
    std::optional<ledger::Payload> stand_again(const ledger::StateReader& state);
    void finish();

    const Scenario& scenario_;
    const Village& village_;
    std::vector<MemberSetup> validators_;
    std::vector<std::uint64_t> chains_;  // used by each
    protocol::Height newest_;
    std::optional<Change> change_;
    std::uint64_t finished_ = 0;
};

}  // namespace dure::sim
