// The ledger's execution: blocks of arbitrary transactions on a chain in mid-life. Accounts, hashes, amounts
// and vouchers are drawn from those that the chain knows, so that the bytes reach the effects and not only
// the first check. After every block the invariants must hold, and executing the assembled block again must
// give the same state.
#include <algorithm>

#include "ledger/invariants/invariants.h"
#include "tests/fuzz/ledger_scene.h"
#include "tests/fuzz/target.h"

namespace dure::fuzz {
namespace {

constexpr std::size_t k_most_blocks = 12;
constexpr std::size_t k_most_bytes = 1 << 20;

protocol::Transaction drawn_transaction(Draw& draw, const StateReader& state, const Hash& chain_id) {
    const Account sender = testing::account_of(draw.byte() % k_persons);
    const std::uint8_t form = draw.byte();
    protocol::Transaction transaction;
    const std::uint64_t nonce = account(state, sender).nonce + (form % 16 == 15 ? 1 : 0);
    const Coin fee = form % 16 == 14 ? draw.value<Coin>() : Coin{10'000};
    transaction.body =
        make_body(chain_id, sender, nonce, fee, head(state).height + 100, draw.value<Payload>());
    if (form >= 224) {
        transaction.body.fee_payer = testing::account_of(form % k_persons);
        transaction.fee_payer_signature = Signature{};
    }
    return transaction;
}

DURE_FUZZ_TARGET(ledger_blocks) {
    if (input.empty()) return;
    const Scene& start = scene(input[0]);
    Draw draw(input.subspan(1), start);
    const Hash chain_id = start.chain.chain_id();
    static const std::vector<BeaconChain> beacons = testing::beacon_chains(4);
    Overlay state(start.chain.state());
    const StateReader& parent = state;
    for (std::size_t made = 0; made < k_most_blocks && (made == 0 || !draw.done()); ++made) {
        std::vector<protocol::Transaction> candidates;
        for (std::size_t left = draw.byte() % 8; left > 0; --left)
            candidates.push_back(drawn_transaction(draw, state, chain_id));
        std::erase_if(candidates, [&](const protocol::Transaction& candidate) {
            return !check_transaction(candidate, chain_id).has_value();
        });

        const std::size_t proposer = made % beacons.size();
        protocol::Header header;
        header.chain_id = chain_id;
        header.height = head(state).height.next();
        header.proposer = testing::account_of(proposer);
        header.beacon_reveal = beacons[proposer].reveal(validator(state, header.proposer)->reveals);

        Overlay assembled(parent);
        const auto proposal = assemble_block(assembled, header, candidates, k_most_bytes);
        require(proposal.has_value(), "a block can always be assembled");
        Overlay executed(parent);
        const auto outcome = execute_block(executed, proposal->block);
        require(outcome.has_value(), "an assembled block is valid");
        require(executed.changes() == assembled.changes(), "assembling and executing give the same state");
        require(check_invariants(executed).has_value(), "the invariants hold after every block");
        state.apply(executed.take_changes());
    }
    require(recount_invariants(state).has_value(), "the recounted invariants hold");
}

}  // namespace
}  // namespace dure::fuzz
