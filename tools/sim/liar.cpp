#include "tools/sim/liar.h"

namespace dure::sim {

using namespace protocol;

std::vector<consensus::Message> lies_about(const consensus::Message& heard, const consensus::Signer& signer,
                                           const Hash& chain_id, Chance& chance) {
    std::vector<consensus::Message> lies;
    const Epoch epoch = std::visit([](const auto& one) { return one.epoch; }, heard);
    const auto vote = [&](const Vote& said) {
        lies.push_back(SignedVote{.epoch = epoch,
                                  .vote = said,
                                  .voter = signer.account(),
                                  .signature = signer.sign(vote_digest(chain_id, epoch, said))});
    };
    const auto talk_about = [&](Slot slot, const Hash& block) {
        if (chance.one_in(2)) vote(Notarize{slot, block});
        if (chance.one_in(4)) vote(Finalize{slot, block});
        if (chance.one_in(4)) vote(Skip{slot});
        if (chance.one_in(8)) vote(Notarize{slot, Hash{{static_cast<std::uint8_t>(chance.below(4))}}});
    };
    if (const auto* proposal = std::get_if<Proposal>(&heard)) {
        talk_about(proposal->slot, block_hash(proposal->block));
        // And proposes a block of its own beside it, if it leads.
        for (std::uint64_t ahead = 0; ahead < 3; ++ahead) {
            Proposal own = *proposal;
            own.slot = proposal->slot + ahead;
            own.block.header.proposer = signer.account();
            own.block.header.beacon_reveal.bytes[0] = static_cast<std::uint8_t>(chance.below(256));
            if (chance.one_in(3)) own.block.header.height = own.block.header.height.next();
            own.signature =
                signer.sign(proposal_digest(chain_id, epoch, own.slot, own.parent, block_hash(own.block)));
            lies.push_back(own);
        }
    } else if (const auto* seen = std::get_if<SignedVote>(&heard)) {
        if (chance.one_in(4)) talk_about(slot_of(seen->vote), block_of(seen->vote).value_or(Hash{}));
        if (chance.one_in(16)) {
            SignedVote forged = *seen;
            forged.vote = Skip{slot_of(seen->vote)};
            lies.push_back(forged);
        }
    } else if (chance.one_in(8)) {
        Certificate forged = std::get<Certificate>(heard);
        forged.vote = Finalize{slot_of(forged.vote), block_of(forged.vote).value_or(Hash{})};
        lies.push_back(forged);
    }
    return lies;
}

}  // namespace dure::sim
