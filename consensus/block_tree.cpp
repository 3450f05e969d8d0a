#include "consensus/block_tree.h"

#include <algorithm>

#include "base/assert.h"

namespace dure::consensus {

using protocol::Block;
using protocol::Height;

BlockTree::BlockTree(const Hash& anchor, Height height) : anchor_(anchor), height_(height) {}

bool BlockTree::add(const Hash& hash, BlockPtr block) {
    if (hash == anchor_) {
        if (anchor_block_ == nullptr) anchor_block_ = std::move(block);
        return false;
    }
    const Height height = block->header.height;
    if (height <= height_ || (height == height_.next() && block->header.parent != anchor_)) return false;
    if (!entries_.emplace(hash, Entry{.block = std::move(block)}).second) return false;
    connect();
    return true;
}

BlockTree::State BlockTree::state(const Hash& hash) const {
    if (hash == anchor_) return State::valid;
    const auto entry = entries_.find(hash);
    return entry == entries_.end() ? State::unknown : entry->second.state;
}

BlockPtr BlockTree::block(const Hash& hash) const {
    if (hash == anchor_) return anchor_block_;
    const auto entry = entries_.find(hash);
    return entry == entries_.end() ? nullptr : entry->second.block;
}

void BlockTree::want(const Hash& hash) {
    for (auto entry = entries_.find(hash); entry != entries_.end();
         entry = entries_.find(entry->second.block->header.parent)) {
        if (entry->second.wanted && entry->second.state != State::detached)
            return;  // then so are its ancestors
        entry->second.wanted = true;
    }
}

std::vector<Hash> BlockTree::take_ready() {
    std::vector<Hash> ready;
    for (auto& [hash, entry] : entries_) {
        if (!entry.wanted || entry.state != State::waiting ||
            state(entry.block->header.parent) != State::valid)
            continue;
        entry.state = State::asked;
        ready.push_back(hash);
    }
    return ready;
}

void BlockTree::judge(const Hash& hash, bool valid) {
    const auto entry = entries_.find(hash);
    if (entry == entries_.end() || entry->second.state == State::valid ||
        entry->second.state == State::invalid)
        return;
    entry->second.state = valid ? State::valid : State::invalid;
    if (!valid) connect();
}

std::optional<Hash> BlockTree::missing_below(const Hash& hash) const {
    Hash wanted = hash;
    while (wanted != anchor_) {
        const auto entry = entries_.find(wanted);
        if (entry == entries_.end()) return wanted;
        if (entry->second.state != State::detached) return std::nullopt;
        wanted = entry->second.block->header.parent;
    }
    return std::nullopt;
}

BlockPtr BlockTree::lowest_known(const Hash& hash) const {
    BlockPtr lowest;
    for (auto entry = entries_.find(hash); entry != entries_.end();
         entry = entries_.find(lowest->header.parent)) {
        lowest = entry->second.block;
    }
    return lowest;
}

std::vector<BlockPtr> BlockTree::path(const Hash& hash) const {
    std::vector<BlockPtr> blocks;
    for (Hash next = hash; next != anchor_; next = blocks.back()->header.parent) {
        const auto entry = entries_.find(next);
        DURE_ASSERT(entry != entries_.end());
        blocks.push_back(entry->second.block);
    }
    std::reverse(blocks.begin(), blocks.end());
    return blocks;
}

void BlockTree::move_anchor(const Hash& hash, Height height, BlockPtr block) {
    DURE_ASSERT(height > height_);
    if (block == nullptr) block = this->block(hash);
    anchor_ = hash;
    height_ = height;
    anchor_block_ = std::move(block);
    entries_.erase(hash);
    connect();
}

void BlockTree::retain(const std::set<Hash>& kept, Height lowest) {
    std::set<Hash> marked;
    for (const Hash& hash : kept) {
        for (auto entry = entries_.find(hash);
             entry != entries_.end() && marked.insert(entry->first).second;) {
            entry = entries_.find(entry->second.block->header.parent);
        }
    }
    std::erase_if(entries_, [&](const auto& entry) {
        return !marked.contains(entry.first) || entry.second.block->header.height < lowest;
    });
}

void BlockTree::connect() {
    std::vector<std::pair<Height, Hash>> order;
    for (const auto& [hash, entry] : entries_)
        order.emplace_back(entry.block->header.height, hash);
    std::sort(order.begin(), order.end());
    std::set<Hash> gone;
    for (const auto& [height, hash] : order) {
        Entry& entry = entries_.at(hash);
        const Hash& parent = entry.block->header.parent;
        const bool beside = height <= height_ || (height == height_.next() && parent != anchor_);
        if (beside || gone.contains(parent)) {
            gone.insert(hash);
            continue;
        }
        const State below = state(parent);
        if (entry.state == State::invalid || below == State::unknown || below == State::detached) continue;
        const Height parent_height = parent == anchor_ ? height_ : entries_.at(parent).block->header.height;
        if (below == State::invalid || height != parent_height.next()) {
            entry.state = State::invalid;
        } else if (entry.state == State::detached) {
            entry.state = State::waiting;
        }
    }
    std::erase_if(entries_, [&](const auto& entry) { return gone.contains(entry.first); });
}

}  // namespace dure::consensus
