// Two of the mistakes that are planted in nodes to see whether the simulator finds them. Internal to tools/sim.
#pragma once

#include <set>
#include <span>

#include "consensus/journal_record.h"
#include "tools/sim/oracle.h"

namespace dure::sim {

/// Own votes of before a start do not verify: the planted mistake.
class DeafVerifier final : public consensus::Verifier {
  public:
    DeafVerifier(const Hash& chain_id, const Account& own, std::span<const Bytes> records) : own_(own) {
        for (const Bytes& bytes : records) {
            const auto record = decode<consensus::JournalRecord>(bytes);
            const protocol::SignedVote* vote = record ? consensus::vote_of(*record) : nullptr;
            if (vote != nullptr && !std::holds_alternative<protocol::Finalize>(vote->vote))
                replayed_.insert(protocol::vote_digest(chain_id, vote->epoch, vote->vote));
        }
    }
    bool verify(const Account& account, const Hash& digest, const Signature& signature) const override {
        return (account != own_ || !replayed_.contains(digest)) &&
               OracleVerifier().verify(account, digest, signature);
    }

  private:
    Account own_;
    std::set<Hash> replayed_;
};

/// Believes every signature: the planted mistake.
class GullibleVerifier final : public consensus::Verifier {
  public:
    bool verify(const Account&, const Hash&, const Signature&) const override { return true; }
};

}  // namespace dure::sim
