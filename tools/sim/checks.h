// What must hold in a simulated chain, checked as it happens.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "tools/sim/member.h"
#include "tools/sim/oracle.h"
#include "tools/sim/witness.h"

namespace dure::sim {

class Checks {
  public:
    Checks(const Scenario& scenario, const Village& village, const Keys& keys,
           std::vector<MemberSetup> members);

    void became_final(std::size_t member, const protocol::Block& block, const Hash& hash, const Hash& root);
    void came_up(std::size_t member, protocol::Height height, const Hash& block, const Hash& root,
                 bool disk_is_damaged);
    void entered(std::size_t member, const node::BlockSync::Voters& voters);
    void finalized(std::size_t member, const protocol::Certificate& finalization);
    void has_evidence(std::size_t member, const protocol::Evidence& evidence,
                      const std::function<bool(const Account&)>& disk_is_damaged);
    void blames(std::size_t member, const Account& peer, const std::string& why);
    void stops(std::size_t member, const std::string& why);
    void stands_still(std::uint64_t wanted_height);
    /// Above the bound: a third party hears this; and in the end it must be able to name a third of the weight if
    /// the chain forked.
    void overhear(const node::Message& message) { witness_.hears(message); }
    void judge_fork();

    const std::vector<std::string>& violations() const { return violations_; }
    std::uint64_t highest() const { return final_.empty() ? 0 : final_.rbegin()->first; }
    std::uint64_t lowest_honest() const;
    std::uint64_t transfers() const { return transfers_; }
    std::uint64_t evidence() const { return evidence_; }
    /// By epoch, as far as any member has come.
    const std::map<protocol::Epoch, protocol::ValidatorSet>& voters() const { return voters_; }
    bool forked() const { return forked_; }
    std::uint64_t named_weight() const { return named_weight_; }

  private:
    struct Final {
        Hash block;
        std::optional<Hash> root;
    };
    void violate(std::string what);
    bool honest(const Account& account) const;
    /// Holds a block and its state's root against what others have at that height.
    void compare(std::size_t member, std::uint64_t height, const Hash& block, const Hash& root);
    Result<Account> guilty_of(const protocol::Evidence& evidence) const;

    const Scenario& scenario_;
    const Village& village_;
    std::shared_ptr<const consensus::Verifier> verifier_;
    std::vector<MemberSetup> members_;
    std::vector<std::uint64_t> heights_;  // the newest that each member has called final
    std::map<std::uint64_t, Final> final_;
    std::map<protocol::Epoch, protocol::ValidatorSet> voters_;
    std::map<protocol::Epoch, Hash> next_validators_;  // as the header before says
    Witness witness_;
    std::vector<std::string> violations_;
    std::uint64_t transfers_ = 0, evidence_ = 0, named_weight_ = 0;
    bool forked_ = false;
};

}  // namespace dure::sim
