// What a node does for its Simplex besides disk and network: builds and validates blocks, fetches them, syncs, and
// hears of evidence and faults. Each word against an honest validator or peer is checked here.
#include "tests/consensus/network.h"

namespace dure::consensus::test {

using namespace protocol;

bool is_bad(const Block& block) {
    return block.header.state_root.bytes[0] == 0xff;
}

void Network::do_effect(std::size_t index, FetchBlock& effect) {
    if (scenario_.planted.gets_no_blocks) return;
    const Hash hash = effect.hash;
    const std::size_t peer = random_honest();
    world_.note(checksum(hash.bytes));
    if (!links_->open(index, peer)) return;
    at(2 * between(scenario_.delay_min, scenario_.delay_max), index, [this, index, peer, hash] {
        const Node& other = nodes_[peer];
        if (!other.core || other.down_until) return;
        BlockPtr block = other.core->block(hash);
        if (const auto stored = other.blocks.find(hash); block == nullptr && stored != other.blocks.end())
            block = stored->second;
        if (block != nullptr) feed(index, BlockFetched{*block});
    });
}

void Network::do_effect(std::size_t index, SyncNeeded& effect) {
    const std::size_t peer = random_honest();
    if (!links_->open(index, peer) || scenario_.planted.gets_no_blocks || effect.height.value == 0) return;
    at(Duration{200}, index, [this, index, peer] { sync_from(index, peer); });
}

// ---- The node's other answers
// ------------------------------------------------------------------------------

void Network::do_effect(std::size_t index, BuildBlock& effect) {
    Block block;
    block.header.chain_id = Hash{{1}};
    block.header.epoch = effect.epoch;
    block.header.height = effect.height;
    block.header.parent = effect.parent.block;
    block.header.proposer = nodes_[index].account;
    block.header.transactions_root = transactions_root({});
    ++built_;
    for (std::size_t i = 0; i < 8; ++i)
        block.header.state_root.bytes[i + 1] = static_cast<std::uint8_t>(built_ >> (8 * i));
    if (nodes_[index].role != Role::honest && world_.chance.happens(scenario_.invalid_blocks))
        block.header.state_root.bytes[0] = 0xff;
    at(between(Duration{0}, Duration{5}), index, [this, index, slot = effect.slot, block] {
        feed(index, Built{slot, block});
    });
}

void Network::do_effect(std::size_t index, ValidateBlock& effect) {
    if (!healed_ &&
        world_.chance.happens(scenario_.unanswered_validations)) {  // something is missing for a while
        at(between(Duration{500}, Duration{3000}), index,
           [this, index, hash = effect.hash, bad = is_bad(*effect.block)] {
               feed(index, Validated{hash, !bad});
           });
        return;
    }
    at(between(Duration{0}, Duration{8}), index,
       [this, index, hash = effect.hash, bad = is_bad(*effect.block)] {
           feed(index, Validated{hash, !bad});
       });
}

void Network::do_effect(std::size_t index, ReportEvidence& effect) {
    if (nodes_[index].role != Role::honest) return;
    ++evidence_;
    Account guilty;
    if (const auto* votes = std::get_if<VoteEvidence>(&effect.evidence)) {
        guilty = votes->first.voter;
        if (!contradict(votes->first.vote, votes->second.vote))
            violations_.push_back("evidence that proves nothing");
    } else {
        guilty = std::get<ProposalEvidence>(effect.evidence).leader;
    }
    for (const Node& node : nodes_) {
        if (node.account == guilty && (node.role == Role::honest || node.role == Role::selective))
            violations_.push_back("an honest validator is convicted");
    }
    if (scenario_.real_signatures && !check_evidence(Hash{{1}}, effect.evidence))
        violations_.push_back("evidence that does not check");
}

void Network::do_effect(std::size_t index, PeerFault& effect) {
    if (nodes_[index].role != Role::honest) return;
    for (const Node& node : nodes_) {
        if (node.account == effect.peer && node.role == Role::honest &&
            !scenario_.planted.own_votes_do_not_count) {
            violations_.push_back("an honest peer is blamed: " + effect.error.message);
        }
    }
}

void Network::do_effect(std::size_t index, Halt& effect) {
    if (nodes_[index].role == Role::honest)
        violations_.push_back("node " + std::to_string(index) + " halts: " + effect.reason.message);
}

void Network::do_effect(std::size_t index, WakeAt& effect) {
    if (scenario_.planted.never_ticks) return;
    at(effect.time - now(), index, [this, index] { feed(index, Tick{}); });
}

}  // namespace dure::consensus::test
