#include "tests/adversary/adversaries/adversaries.h"
#include "tests/adversary/village.h"

namespace dure::adversary {

namespace {

/// Merges nothing: repeats what others say about the checkpoint, when they commit and when they open.
class CopiesAttestations final : public Behaviour {
  public:
    bool rushes() const override { return true; }

    std::optional<std::vector<ledger::Payload>> instead(Member&, const node::Duty& duty) override {
        if (std::holds_alternative<node::AttestDuty>(duty) ||
            std::holds_alternative<node::OpenAttestationDuty>(duty))
            return std::vector<ledger::Payload>{};
        return std::nullopt;
    }

    void every_block(Member& self) override {
        for (const protocol::Transaction& transaction : self.village().waiting()) {
            if (transaction.body.sender == self.account()) continue;
            const auto payload = ledger::payload_of(transaction.body);
            const auto* attest = payload ? std::get_if<ledger::AttestCheckpoint>(&*payload) : nullptr;
            if (attest == nullptr) continue;
            self.send(*attest);
            return;
        }
    }
};

}  // namespace

Adversary attestation_copier() {
    return {.name = "attestation_copier",
            .what = "merges nothing, and repeats others' attestations of the checkpoint",
            .enter = [](Cast& cast) {
                cast.watched = {0};
                cast.members[0].behaviour = std::make_shared<CopiesAttestations>();
            }};
}

}  // namespace dure::adversary
