#include <map>

#include "tests/adversary/adversaries/adversaries.h"
#include "tests/adversary/village.h"

namespace dure::adversary {

namespace {

/// Trains nothing: says for its own unit what somebody else is about to say for his, in the same block and before him.
class Copies final : public Behaviour {
  public:
    bool rushes() const override { return true; }

    std::optional<std::vector<ledger::Payload>> instead(Member&, const node::Duty& duty) override {
        if (const auto* train = std::get_if<node::TrainDuty>(&duty)) {
            own_ = {train->unit.round, train->unit.unit};
            return std::vector<ledger::Payload>{};
        }
        if (std::holds_alternative<node::RevealDuty>(duty)) return std::vector<ledger::Payload>{};
        return std::nullopt;
    }

    void every_block(Member& self) override {
        for (const protocol::Transaction& transaction : self.village().waiting()) {
            if (transaction.body.sender == self.account()) continue;
            const auto payload = ledger::payload_of(transaction.body);
            if (!payload || !own_) continue;
            if (const auto* submit = std::get_if<ledger::SubmitUpdate>(&*payload);
                submit != nullptr && submit->round == own_->round && !submitted_[own_->round]) {
                submitted_[own_->round] = true;
                self.send(ledger::SubmitUpdate{own_->round, own_->unit, submit->commitment});
            }
            if (const auto* reveal = std::get_if<ledger::RevealUpdate>(&*payload);
                reveal != nullptr && reveal->round == own_->round) {
                self.send(ledger::RevealUpdate{own_->round, own_->unit, reveal->update, reveal->salt});
            }
        }
    }

  private:
    std::optional<ledger::UnitKey> own_;
    std::map<protocol::Round, bool> submitted_;
};

}  // namespace

Adversary copier() {
    return {.name = "copier",
            .what = "repeats others' commitments and reveals as its own, in the same block and before them",
            .enter = [](Cast& cast) {
                cast.watched = {0};
                cast.members[0].behaviour = std::make_shared<Copies>();
            }};
}

}  // namespace dure::adversary
