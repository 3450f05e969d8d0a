#include <set>

#include "tests/adversary/adversaries/adversaries.h"
#include "tests/adversary/village.h"

namespace dure::adversary {

namespace {

/// Has no text: repeats others' offers before them, then what they show, and offers anew what it has seen.
class FrontRuns final : public Behaviour {
  public:
    bool rushes() const override { return true; }

    void every_block(Member& self) override {
        for (const protocol::Transaction& transaction : self.village().waiting()) {
            if (transaction.body.sender == self.account()) continue;
            const auto payload = ledger::payload_of(transaction.body);
            if (!payload) continue;
            if (const auto* offer = std::get_if<ledger::OfferData>(&*payload);
                offer != nullptr && seen_.insert(offer->commitment).second) {
                self.send(*offer);
            }
            if (const auto* show = std::get_if<ledger::ShowData>(&*payload);
                show != nullptr && seen_.insert(show->shard).second) {
                self.send(*show);
                stolen_.push_back(*show);
                stolen_.back().salt = show->shard;
                self.send(ledger::OfferData{
                    ledger::offer_commitment(self.account(), stolen_.back().salt, show->shard)});
            }
        }
        std::erase_if(stolen_, [&](const ledger::ShowData& show) {
            const auto offer = ledger::offer(self.state(), self.account(),
                                             ledger::offer_commitment(self.account(), show.salt, show.shard));
            if (!offer || self.village().height().next() < offer->earliest) return false;
            (void)self.fetch(show.shard);
            self.send(show);
            return true;
        });
    }

  private:
    std::set<Hash> seen_;
    std::vector<ledger::ShowData> stolen_;
};

}  // namespace

Adversary front_runner() {
    return {
        .name = "front_runner",
        .what = "has no text: repeats others' offers and what they show, in the same block and before them",
        .enter = [](Cast& cast) {
            cast.watched = {cast.members.size()};
            MemberOptions member;
            member.behaviour = std::make_shared<FrontRuns>();
            cast.members.push_back(std::move(member));
        }};
}

}  // namespace dure::adversary
