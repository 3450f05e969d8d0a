#include "tests/consensus/network.h"

#include <algorithm>

namespace dure::consensus::test {

using namespace protocol;

namespace {

constexpr std::size_t k_weather = ~std::size_t{0};  // no node's business

}  // namespace

Network::Network(Scenario scenario)
    : scenario_(std::move(scenario)),
      keys_(make_keys(scenario_.weights, scenario_.real_signatures)),
      random_(scenario_.seed) {
    const std::size_t count = scenario_.weights.size();
    scenario_.roles.resize(count, Role::honest);
    nodes_.resize(count);
    for (std::size_t i = 0; i < count; ++i) {
        nodes_[i].role = scenario_.roles[i];
        nodes_[i].account = keys_.set.validators[i].key;
    }
    for (std::size_t i = 0; i < count; ++i) {
        if (nodes_[i].role != Role::twins) continue;
        Node twin = nodes_[i];
        twin.twin = i;
        nodes_[i].twin = nodes_.size();
        nodes_[i].hears = random_();
        twin.hears = ~nodes_[i].hears;
        nodes_.push_back(twin);
    }
    side_.assign(nodes_.size(), 0);
    for (std::size_t i = 0; i < nodes_.size(); ++i)
        open(i, {});
    weather();
}

void Network::at(Duration delay, std::size_t node, std::function<void()> act) {
    queue_.push_back({.time = now_ + delay,
                      .order = order_++,
                      .node = node,
                      .life = node == k_weather ? 0 : nodes_[node].life,
                      .act = std::move(act)});
    std::push_heap(queue_.begin(), queue_.end());
}

void Network::run_for(Duration duration) {
    const Time end = now_ + duration;
    while (!queue_.empty() && queue_.front().time <= end) {
        std::pop_heap(queue_.begin(), queue_.end());
        const Item item = std::move(queue_.back());
        queue_.pop_back();
        now_ = item.time;
        if (item.node == k_weather || item.life == nodes_[item.node].life) item.act();
    }
    now_ = end;
}

void Network::open(std::size_t index, std::span<const Bytes> records) {
    Node& node = nodes_[index];
    if (node.role == Role::silent || node.role == Role::liar) return;
    Config config{.chain_id = Hash{{1}},
                  .epoch = Epoch{3},
                  .validators = keys_.set,
                  .leader_seed = Hash{{7}},
                  .root = Hash{{9}},
                  .root_height = Height{0},
                  .signer = keys_.signers[node.role == Role::twins && node.twin < index ? node.twin : index],
                  .may_sign = true,
                  .verifier = keys_.verifier,
                  .timing = scenario_.timing};
    if (scenario_.planted.own_votes_do_not_count && node.life > 0) {
        struct Deaf final : Verifier {
            bool verify(const Account& account, const Hash& digest,
                        const Signature& signature) const override {
                return (account != own || !replayed.contains(digest)) &&
                       oracle.verify(account, digest, signature);
            }
            OracleVerifier oracle;
            Account own;
            std::set<Hash> replayed;
        };
        auto deaf = std::make_shared<Deaf>();
        deaf->own = node.account;
        for (const Bytes& bytes : records) {
            const auto record = decode<JournalRecord>(bytes);
            const SignedVote* vote = record ? vote_of(*record) : nullptr;
            if (vote != nullptr && !std::holds_alternative<Finalize>(vote->vote))
                deaf->replayed.insert(vote_digest(Hash{{1}}, Epoch{3}, vote->vote));
        }
        config.verifier = deaf;
    }
    std::optional<FinalBlock> final_block;
    if (!node.block_log.empty()) {
        const LogEntry& newest = node.block_log.back();
        final_block =
            FinalBlock{.height = newest.blocks.back()->header.height, .finalization = newest.finalization};
    }
    auto opened = Simplex::open(config, final_block, records);
    if (!opened) {
        violations_.push_back("node " + std::to_string(index) + " cannot open: " + opened.error().message);
        return;
    }
    node.core = std::move(*opened);
    node.last_record = 0;
    node.sync_under_way = false;
    feed(index, Start{});
}

void Network::feed(std::size_t index, Event event) {
    Node& node = nodes_[index];
    if (!node.core || node.down_until) return;
    Effects effects = node.core->step(std::move(event), now_);
    for (Effect& effect : effects) {
        if (watch && node.role == Role::honest) watch(index, effect);
        carry_out(index, effect);
    }
}

void Network::carry_out(std::size_t node, Effect& effect) {
    note(node << 8 | effect.index());
    note(static_cast<std::uint64_t>(now_.time_since_epoch().count()));
    std::visit([&](auto& one) { do_effect(node, one); }, effect);
}

void Network::note(std::uint64_t word) {
    trace_ = (trace_ ^ word) * 0xbf58476d1ce4e5b9 + (trace_ >> 31);
}

// ---- The network
// -------------------------------------------------------------------------------------------

bool Network::reachable(std::size_t from, std::size_t to) const {
    return from == to || healed_ || side_[from] == side_[to];
}

void Network::transmit(std::size_t from, std::size_t to, const std::shared_ptr<const Message>& message) {
    if (to == from || nodes_[to].role == Role::silent) return;
    if (nodes_[from].role == Role::twins && ((nodes_[from].hears >> to & 1) == 0 || nodes_[from].twin == to))
        return;
    if (nodes_[from].role == Role::selective && below(2) == 0) return;
    if (!reachable(from, to)) return;
    if (!healed_ && chance() < scenario_.loss) return;
    const int copies = !healed_ && chance() < scenario_.duplication ? 2 : 1;
    for (int i = 0; i < copies; ++i) {
        Duration delay = between(scenario_.delay_min, scenario_.delay_max);
        if (!healed_ && chance() < scenario_.straggling) delay += between(Duration{0}, Duration{2000});
        at(delay, to, [this, from, to, message] {
            if (nodes_[to].role == Role::liar) return lie(to, *message);
            feed(to, Receive{.peer = nodes_[from].account, .message = *message});
        });
    }
}

void Network::do_effect(std::size_t node, Broadcast& effect) {
    const auto message = std::make_shared<const Message>(std::move(effect.message));
    for (std::size_t to = 0; to < nodes_.size(); ++to)
        transmit(node, to, message);
}

void Network::do_effect(std::size_t node, Send& effect) {
    const auto message = std::make_shared<const Message>(std::move(effect.message));
    for (std::size_t to = 0; to < nodes_.size(); ++to) {
        if (nodes_[to].account == effect.peer) transmit(node, to, message);
    }
}

/// Signs votes about whatever it hears of, at random, and lets random listeners hear them.
void Network::lie(std::size_t index, const Message& heard) {
    const Signer& signer = *keys_.signers[index];
    std::vector<Message> lies;
    const auto vote = [&](const Vote& said) {
        lies.push_back(SignedVote{.epoch = Epoch{3},
                                  .vote = said,
                                  .voter = signer.account(),
                                  .signature = signer.sign(vote_digest(Hash{{1}}, Epoch{3}, said))});
    };
    const auto talk_about = [&](Slot slot, const Hash& block) {
        if (below(2) == 0) vote(Notarize{slot, block});
        if (below(4) == 0) vote(Finalize{slot, block});
        if (below(4) == 0) vote(Skip{slot});
        if (below(8) == 0) vote(Notarize{slot, Hash{{static_cast<std::uint8_t>(below(4))}}});
    };
    if (const auto* proposal = std::get_if<Proposal>(&heard)) {
        talk_about(proposal->slot, block_hash(proposal->block));
        for (std::uint64_t ahead = 0; ahead < 3;
             ++ahead) {  // and proposes a block of its own beside it, if it leads
            Proposal own = *proposal;
            own.slot = proposal->slot + ahead;
            own.block.header.proposer = signer.account();
            own.block.header.beacon_reveal.bytes[0] = static_cast<std::uint8_t>(below(256));
            if (below(3) == 0) own.block.header.height = own.block.header.height.next();
            own.signature = signer.sign(
                proposal_digest(Hash{{1}}, Epoch{3}, own.slot, own.parent, block_hash(own.block)));
            lies.push_back(own);
        }
    } else if (const auto* seen = std::get_if<SignedVote>(&heard)) {
        if (below(4) == 0) talk_about(slot_of(seen->vote), block_of(seen->vote).value_or(Hash{}));
        if (below(16) == 0) {
            SignedVote forged = *seen;
            forged.vote = Skip{slot_of(seen->vote)};
            lies.push_back(forged);
        }
    } else if (below(8) == 0) {
        Certificate forged = std::get<Certificate>(heard);
        forged.vote = Finalize{slot_of(forged.vote), block_of(forged.vote).value_or(Hash{})};
        lies.push_back(forged);
    }
    for (Message& said : lies) {
        const auto message = std::make_shared<const Message>(std::move(said));
        const std::uint64_t listeners = random_();
        for (std::size_t to = 0; to < nodes_.size(); ++to) {
            if ((listeners >> to & 1) != 0 && nodes_[to].role != Role::liar) transmit(index, to, message);
        }
    }
}

std::size_t Network::random_honest() {
    std::size_t node = below(nodes_.size());
    while (!honest(node))
        node = below(nodes_.size());
    return node;
}

// ---- The weather
// -------------------------------------------------------------------------------------------

void Network::weather() {
    if (healed_) return;
    for (std::size_t i = 0; i < nodes_.size(); ++i) {
        if (nodes_[i].down_until && *nodes_[i].down_until <= now_) restart(i);
        if (!nodes_[i].down_until && nodes_[i].role == Role::honest &&
            chance() < scenario_.crashes_per_second / 20) {
            crash(i);
            nodes_[i].down_until = now_ + between(Duration{0}, Duration{2500});
        }
    }
    if (now_ >= partition_until_) {
        std::fill(side_.begin(), side_.end(), 0);
        if (chance() < scenario_.partitions_per_second / 20) {
            for (std::size_t& side : side_)
                side = below(2);
            partition_until_ = now_ + between(Duration{200}, Duration{4000});
        }
    }
    at(Duration{50}, k_weather, [this] { weather(); });
}

void Network::heal() {
    healed_ = true;
    for (std::size_t i = 0; i < nodes_.size(); ++i) {
        if (nodes_[i].down_until) restart(i);
    }
}

std::uint64_t Network::lowest_height() const {
    std::uint64_t lowest = ~std::uint64_t{0};
    for (const Node& node : nodes_) {
        if (node.role == Role::honest)
            lowest = std::min(lowest, node.core ? node.core->committed_height().value : 0);
    }
    return lowest;
}

}  // namespace dure::consensus::test
