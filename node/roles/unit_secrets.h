// The secrets that salt a trainer's segment leaves and its other commitments until they are opened, out of its node key:
// whoever has the key can always make them again, so there is nothing else to keep.
//
// Promises: each unit has a secret of its own, a unit drawn anew too; one that was opened tells nothing about
// the key or other units' secrets.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/hash.h"
#include "base/keys.h"
#include "base/protocol/types.h"

namespace dure::node {

class UnitSecrets {
  public:
    explicit UnitSecrets(const SecretKey& node_key);
    /// Whose they are.
    const Account& account() const { return account_; }

    /// `seed`: the unit's, which the beacon draws.
    Hash of(protocol::Round round, std::uint32_t unit, const Hash& seed) const;
    /// Of a commitment to something about this round, unit and task; `purpose` is one of a few words.
    Hash salt(std::string_view purpose, protocol::Round round, std::uint32_t unit = 0,
              std::uint32_t task = 0) const;

    /// What salts a scorer's answer; `seed`: the scoring's. A second committee's members commit anew.
    Hash of_answer(const Hash& shard, const Hash& seed, bool second) const;

    /// What salts a juror's verdict about a receipt.
    Hash of_verdict(const Hash& receipt, std::uint32_t redraws) const;

  private:
    Account account_;
    Hash root_;
};

}  // namespace dure::node
