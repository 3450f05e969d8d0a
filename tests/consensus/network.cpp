#include "tests/consensus/network.h"

#include <algorithm>

namespace dure::consensus::test {

using namespace protocol;

namespace {

constexpr std::size_t k_weather = ~std::size_t{0};  // no node's business

std::uint32_t checksum(ByteView bytes) {
    std::uint32_t sum = 2166136261U;
    for (const std::uint8_t byte : bytes)
        sum = (sum ^ byte) * 16777619U;
    return sum;
}

bool is_bad(const Block& block) {
    return block.header.state_root.bytes[0] == 0xff;
}

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

// ---- The disk
// ----------------------------------------------------------------------------------------------

void Network::do_effect(std::size_t index, Persist& effect) {
    Node& node = nodes_[index];
    if (effect.number != node.last_record + 1) violations_.push_back("records are not numbered one by one");
    node.last_record = effect.number;
    Writer frame;
    frame.number(static_cast<std::uint32_t>(effect.record.size()));
    frame.number(checksum(effect.record));
    frame.raw(effect.record);
    note(checksum(effect.record));
    node.journal.insert(node.journal.end(), frame.bytes().begin(), frame.bytes().end());
    if (!node.sync_under_way) sync_disk(index);
}

/// One fdatasync for all that has been written when it begins.
void Network::sync_disk(std::size_t index) {
    Node& node = nodes_[index];
    node.sync_under_way = true;
    const std::size_t bytes = node.journal.size(), blocks = node.block_log.size();
    const std::uint64_t number = node.last_record;
    const bool lies = scenario_.planted.persists_nothing;
    at(lies ? Duration{0} : between(Duration{0}, Duration{6}), index,
       [this, index, bytes, blocks, number, lies] {
           Node& self = nodes_[index];
           if (!lies) self.journal_durable = bytes;
           self.block_log_durable = blocks;
           self.sync_under_way = false;
           // Now and then the journal is written anew, shorter, once the block log is durable.
           if (!lies && self.journal.size() > 4000 && blocks == self.block_log.size() && below(4) == 0) {
               Bytes fresh;
               for (const Bytes& record : self.core->live_records()) {
                   Writer frame;
                   frame.number(static_cast<std::uint32_t>(record.size()));
                   frame.number(checksum(record));
                   frame.raw(record);
                   fresh.insert(fresh.end(), frame.bytes().begin(), frame.bytes().end());
               }
               self.journal = std::move(fresh);
               self.journal_durable = self.journal.size();
           }
           if (self.last_record > number || self.block_log.size() > blocks) sync_disk(index);
           feed(index, Persisted{number});
       });
}

void Network::do_effect(std::size_t index, Commit& effect) {
    Node& node = nodes_[index];
    Height last = node.block_log.empty() ? Height{0} : node.block_log.back().blocks.back()->header.height;
    Hash parent = node.block_log.empty() ? Hash{{9}} : block_hash(*node.block_log.back().blocks.back());
    for (const BlockPtr& block : effect.blocks) {
        const Hash hash = block_hash(*block);
        if (block->header.height != last.next() || block->header.parent != parent) {
            violations_.push_back("node " + std::to_string(index) + " commits height " +
                                  to_text(block->header.height) + " on " + to_text(last));
        }
        last = block->header.height;
        parent = hash;
        node.blocks[hash] = block;
        note(last.value);
        if (node.role != Role::honest) continue;
        if (is_bad(*block)) violations_.push_back("an invalid block became final");
        const auto [known, fresh] = final_.emplace(last.value, hash);
        if (!fresh && known->second != hash)
            violations_.push_back("two different final blocks at height " + to_text(last));
    }
    if (block_of(effect.finalization.vote) != parent)
        violations_.push_back("a commit's certificate is not its newest block's");
    node.block_log.push_back({effect.blocks, effect.finalization});
    if (!node.sync_under_way) sync_disk(index);
}

std::vector<Bytes> Network::read_journal(Node& node) {
    std::vector<Bytes> records;
    Reader reader(node.journal);
    std::size_t good = 0;
    while (reader.remaining() > 0) {
        std::uint32_t length = 0, sum = 0;
        ByteView record;
        if (!reader.number(length) || !reader.number(sum) || !reader.take(length, record) ||
            checksum(record) != sum)
            break;
        records.push_back(to_bytes(record));
        good = reader.position();
    }
    if (good < node.journal.size()) ++torn_tails_;
    node.journal.resize(good);
    node.journal_durable = good;
    return records;
}

void Network::crash(std::size_t index) {
    Node& node = nodes_[index];
    ++node.life;
    node.core.reset();
    // Of what was not durable a part has reached the disk: the last record torn, its last bytes perhaps
    // garbage.
    const std::size_t loose = node.journal.size() - node.journal_durable;
    node.journal.resize(node.journal_durable + below(loose + 1));
    if (node.journal.size() > node.journal_durable && below(4) == 0) node.journal.back() ^= 0x40;
    if (scenario_.planted.persists_nothing) node.journal.clear();
    node.block_log.resize(node.block_log_durable + below(node.block_log.size() - node.block_log_durable + 1));
    node.block_log_durable = node.block_log.size();
    node.blocks.clear();
    for (const LogEntry& entry : node.block_log) {
        for (const BlockPtr& block : entry.blocks)
            node.blocks[block_hash(*block)] = block;
    }
}

void Network::isolate(std::size_t index) {
    nodes_[index].down_until = Time::max();
}

void Network::restart(std::size_t index) {
    Node& node = nodes_[index];
    if (node.core) crash(index);
    node.down_until.reset();
    std::vector<Bytes> records = read_journal(node);
    if (scenario_.planted.journal_is_forgotten) {
        records.clear();
        node.journal.clear();
        node.journal_durable = 0;
    }
    open(index, records);
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

void Network::do_effect(std::size_t index, FetchBlock& effect) {
    if (scenario_.planted.gets_no_blocks) return;
    const Hash hash = effect.hash;
    const std::size_t peer = random_honest();
    note(checksum(hash.bytes));
    if (!reachable(index, peer)) return;
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
    if (!reachable(index, peer) || scenario_.planted.gets_no_blocks || effect.height.value == 0) return;
    at(Duration{200}, index, [this, index, peer] {
        Node& self = nodes_[index];
        const Node& other = nodes_[peer];
        if (!other.core || other.down_until || other.block_log.empty()) return;
        std::uint64_t height =
            self.block_log.empty() ? 0 : self.block_log.back().blocks.back()->header.height.value;
        for (const LogEntry& entry : other.block_log) {
            if (entry.blocks.back()->header.height.value <= height) continue;
            LogEntry rest{{}, entry.finalization};
            for (const BlockPtr& block : entry.blocks) {
                if (block->header.height.value > height) rest.blocks.push_back(block);
            }
            for (const BlockPtr& block : rest.blocks)
                self.blocks[block_hash(*block)] = block;
            height = rest.blocks.back()->header.height.value;
            self.block_log.push_back(rest);
        }
        self.block_log_durable = self.block_log.size();
        ++syncs_;
        feed(index, Synced{.block = *self.block_log.back().blocks.back(),
                           .finalization = self.block_log.back().finalization});
    });
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
    if (nodes_[index].role != Role::honest && chance() < scenario_.invalid_blocks)
        block.header.state_root.bytes[0] = 0xff;
    at(between(Duration{0}, Duration{5}), index, [this, index, slot = effect.slot, block] {
        feed(index, Built{slot, block});
    });
}

void Network::do_effect(std::size_t index, ValidateBlock& effect) {
    if (!healed_ && chance() < scenario_.unanswered_validations) {  // something is missing for a while
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
    at(effect.time - now_, index, [this, index] { feed(index, Tick{}); });
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
