// The nodes' disks: a journal and a block log, what of them survives a crash, and what a restart reads back.
// Each commit is checked here: one block a height for all, each on its parent.
#include "tests/consensus/network.h"

namespace dure::consensus::test {

using namespace protocol;

std::uint32_t checksum(ByteView bytes) {
    std::uint32_t sum = 2166136261U;
    for (const std::uint8_t byte : bytes)
        sum = (sum ^ byte) * 16777619U;
    return sum;
}

namespace {

Bytes framed(std::span<const Bytes> records) {
    Writer frames;
    for (const Bytes& record : records) {
        frames.number(static_cast<std::uint32_t>(record.size()));
        frames.number(checksum(record));
        frames.raw(record);
    }
    return frames.take();
}

}  // namespace

// ---- The disk
// ----------------------------------------------------------------------------------------------

void Network::do_effect(std::size_t index, Persist& effect) {
    Node& node = nodes_[index];
    if (effect.number != node.last_record + 1) violations_.push_back("records are not numbered one by one");
    node.last_record = effect.number;
    const Bytes frame = framed({&effect.record, 1});
    world_.note(checksum(effect.record));
    node.journal.insert(node.journal.end(), frame.begin(), frame.end());
    if (!node.sync_under_way) sync_disk(index);
}

/// One fdatasync for all that has been written when it begins.
void Network::sync_disk(std::size_t index) {
    Node& node = nodes_[index];
    node.sync_under_way = true;
    const std::size_t bytes = node.journal.size(), blocks = node.block_log.size();
    const std::uint64_t number = node.last_record;
    const bool lies = scenario_.planted.persists_nothing;
    const std::uint64_t renewals = node.renewals;
    at(lies ? Duration{0} : between(Duration{0}, Duration{6}), index,
       [this, index, bytes, blocks, number, lies, renewals] {
           Node& self = nodes_[index];
           if (!lies && renewals == self.renewals) self.journal_durable = bytes;
           self.block_log_durable = blocks;
           self.sync_under_way = false;
           // Now and then the journal is written anew, shorter, once the block log is durable.
           if (!lies && self.journal.size() > 4000 && blocks == self.block_log.size() && below(4) == 0) {
               self.journal = framed(self.core->live_records());
               self.journal_durable = self.journal.size();
           }
           if (self.last_record > number || self.block_log.size() > blocks) sync_disk(index);
           feed(index, Persisted{number});
           if (blocks == self.block_log.size()) enter_epoch_if_due(index);
       });
}

void Network::do_effect(std::size_t index, RenewJournal& effect) {
    Node& node = nodes_[index];
    ++node.renewals;
    node.journal = framed(effect.records);
    node.journal_durable = node.journal.size();
}

void Network::do_effect(std::size_t index, Commit& effect) {
    Node& node = nodes_[index];
    if (node.role == Role::honest) check_epoch(effect);
    node.grown_at = now();
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
        world_.note(last.value);
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
    if (scenario_.planted.enters_before_it_is_durable) enter_epoch_if_due(index);
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

}  // namespace dure::consensus::test
