// Epochs in the network: which set votes when, what a node's block log says to open with, and how one that has missed
// an epoch's end catches up.
#include <algorithm>

#include "tests/consensus/network.h"

namespace dure::consensus::test {

using namespace protocol;

namespace {

constexpr Epoch k_first_epoch{3};

}  // namespace

std::uint64_t Network::index_of(Height height) const {
    return scenario_.epoch_blocks == 0 || height.value == 0 ? 0 : (height.value - 1) / scenario_.epoch_blocks;
}

/// Honest validators gain weight, and one of them is missing, as long as the faulty ones weigh less than a third.
ValidatorSet Network::set_of(std::uint64_t index) const {
    if (index == 0) return keys_.set;
    std::mt19937_64 random(scenario_.seed * 0x9e3779b97f4a7c15 + index);
    ValidatorSet set = keys_.set;
    std::uint64_t faulty = 0;
    for (std::size_t i = 0; i < set.validators.size(); ++i) {
        if (scenario_.roles[i] == Role::honest) {
            set.validators[i].weight *= 1 + random() % 3;
        } else {
            faulty += set.validators[i].weight;
        }
    }
    const std::size_t missing = random() % set.validators.size();
    const std::uint64_t rest = set.total_weight() - set.validators[missing].weight;
    if (scenario_.roles[missing] == Role::honest && 3 * faulty < rest)
        set.validators.erase(set.validators.begin() + static_cast<std::ptrdiff_t>(missing));
    return set;
}

std::pair<Config, std::optional<FinalBlock>> Network::start_of(std::size_t index) const {
    const Node& node = nodes_[index];
    const std::size_t key = node.role == Role::twins && node.twin < index ? node.twin : index;
    Config config{.chain_id = Hash{{1}},
                  .epoch = k_first_epoch,
                  .validators = keys_.set,
                  .leader_seed = Hash{{7}},
                  .root = Hash{{9}},
                  .root_height = Height{0},
                  .signer = keys_.signers[key],
                  .may_sign = true,
                  .verifier = keys_.verifier,
                  .timing = scenario_.timing};
    std::optional<FinalBlock> newest;
    Height head;
    if (!node.block_log.empty()) {
        head = node.block_log.back().blocks.back()->header.height;
        newest = FinalBlock{.height = head, .finalization = node.block_log.back().finalization};
    }
    if (scenario_.epoch_blocks == 0) return {config, newest};
    const std::uint64_t epoch = index_of(head.next());
    config.epoch = k_first_epoch + epoch;
    if (!scenario_.planted.counts_the_old_set) config.validators = set_of(epoch);
    config.last_height = Height{(epoch + 1) * scenario_.epoch_blocks};
    if (scenario_.planted.builds_on_the_last_block) config.last_height = config.last_height->next();
    config.root_height = Height{epoch * scenario_.epoch_blocks};
    for (const LogEntry& entry : node.block_log) {
        if (entry.blocks.back()->header.height != config.root_height) continue;
        config.root = block_hash(*entry.blocks.back());
        config.root_finalization = entry.finalization;
    }
    if (head == config.root_height) newest.reset();
    return {config, newest};
}

void Network::enter_epoch_if_due(std::size_t index) {
    if (scenario_.epoch_blocks == 0 || !nodes_[index].core) return;
    auto [config, newest] = start_of(index);
    if (config.epoch > nodes_[index].core->epoch()) feed(index, EnterEpoch{std::move(config), newest});
}

/// What a range of blocks brings.
void Network::sync_from(std::size_t index, std::size_t peer) {
    Node& self = nodes_[index];
    const Node& other = nodes_[peer];
    if (!self.core || !other.core || other.down_until || other.block_log.empty()) return;
    const auto height_of = [](const Node& node) {
        return node.block_log.empty() ? 0 : node.block_log.back().blocks.back()->header.height.value;
    };
    if (height_of(other) <= height_of(self)) return;
    for (const LogEntry& entry : other.block_log) {
        if (entry.blocks.back()->header.height.value <= height_of(self)) continue;
        LogEntry rest{{}, entry.finalization};
        for (const BlockPtr& block : entry.blocks) {
            if (block->header.height.value > height_of(self)) rest.blocks.push_back(block);
        }
        for (const BlockPtr& block : rest.blocks)
            self.blocks[block_hash(*block)] = block;
        self.block_log.push_back(rest);
    }
    self.block_log_durable = self.block_log.size();
    self.grown_at = now();
    ++syncs_;
    enter_epoch_if_due(index);
    feed(index, Synced{.block = *self.block_log.back().blocks.back(),
                       .finalization = self.block_log.back().finalization});
}

/// As nodes tell each other their heights.
void Network::hear_statuses() {
    world_.after(Duration{500}, [this] { hear_statuses(); });
    for (std::size_t index = 0; index < nodes_.size(); ++index) {
        Node& self = nodes_[index];
        const std::size_t peer = random_honest();
        if (!self.core || self.down_until || self.sync_under_way || !links_->open(index, peer)) continue;
        const Node& other = nodes_[peer];
        const std::size_t more = other.block_log.size() > self.block_log.size()
                                     ? other.block_log.size() - self.block_log.size()
                                     : 0;
        if (more > 8 || (more > 0 && now() - self.grown_at >= Duration{3'000})) sync_from(index, peer);
    }
}

void Network::check_epoch(const Commit& commit) {
    if (scenario_.epoch_blocks == 0) return;
    const std::uint64_t epoch = index_of(commit.blocks.back()->header.height);
    for (const BlockPtr& block : commit.blocks) {
        if (block->header.epoch != k_first_epoch + index_of(block->header.height))
            violations_.push_back("height " + to_text(block->header.height) + " is of another epoch");
    }
    if (!certificate_signers(set_of(epoch), commit.finalization))
        violations_.push_back("a finalization without a quorum of its epoch's set");
}

}  // namespace dure::consensus::test
