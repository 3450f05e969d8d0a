// Owners by what they hold, the largest first: an index in memory that follows the final blocks.
//
// Promises: built from the state once, then each block costs as much as it changed owners; what it holds always sums
// to all shares there are: should it ever not, it is built again. About 150 bytes an owner.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "base/keys.h"
#include "base/money.h"
#include "ledger/execution.h"
#include "ledger/state/reader.h"

namespace dure::node {

class OwnerIndex {
  public:
    /// A place in the order: shares, then account.
    struct Place {
        Shares shares;
        Account account;
        friend bool operator==(const Place&, const Place&) = default;
        friend bool operator<(const Place& a, const Place& b) {
            if (a.shares != b.shares) return a.shares > b.shares;
            return a.account < b.account;
        }
    };

    void build(const ledger::StateReader& state);
    /// After a final block, with the state behind it.
    void follow(const ledger::BlockOutcome& outcome, const ledger::StateReader& state);

    std::size_t size() const { return order_.size(); }
    /// Up to `limit` places from `from` on (from the largest without it), and the place after them.
    std::pair<std::vector<Place>, std::optional<Place>> page(const std::optional<Place>& from,
                                                             std::size_t limit) const;

  private:
    void put(const Account& account, Shares shares);

    std::set<Place> order_;
    std::map<Account, Shares> held_;
    std::uint64_t sum_ = 0;
};

}  // namespace dure::node
