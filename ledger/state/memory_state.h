// A state that lies in memory: for tests, tools and small chains; and a reader that remembers what it has
// read, for one block's execution.
#pragma once

#include <unordered_map>

#include "ledger/state/reader.h"

namespace dure::ledger {

class MemoryState final : public StateReader {
  public:
    std::optional<Bytes> get(ByteView key) const override;
    void scan(ByteView prefix, ByteView from, const Visitor& visit) const override;
    void apply(const Changes& changes);
    std::size_t size() const { return entries_.size(); }

  private:
    std::map<Bytes, Bytes> entries_;
};

/// Asks its parent for each key once. Scans go straight to the parent. Not for several threads at once.
class CachingReader final : public StateReader {
  public:
    explicit CachingReader(const StateReader& parent) : parent_(&parent) {}
    CachingReader(const CachingReader&) = delete;
    CachingReader& operator=(const CachingReader&) = delete;
    std::optional<Bytes> get(ByteView key) const override;
    void scan(ByteView prefix, ByteView from, const Visitor& visit) const override {
        parent_->scan(prefix, from, visit);
    }

  private:
    const StateReader* parent_;
    mutable std::unordered_map<Bytes, std::optional<Bytes>, KeyHash, KeyEqual> known_;
};

}  // namespace dure::ledger
