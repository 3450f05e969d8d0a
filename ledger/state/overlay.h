// Writes on top of a state that stays as it is. Executed but not yet final blocks are overlays on their
// parents; so is the effect of one transaction on its block until it has succeeded. The parent must outlive
// the overlay and must not change under it.
#pragma once

#include "ledger/state/reader.h"

namespace dure::ledger {

class Overlay final : public StateReader {
  public:
    explicit Overlay(const StateReader& parent) : parent_(&parent) {}
    /// The same; needed where the parent is itself an overlay, because an overlay is never copied.
    static Overlay on(const StateReader& parent) { return Overlay(parent); }
    Overlay(const Overlay&) = delete;
    Overlay& operator=(const Overlay&) = delete;

    std::optional<Bytes> get(ByteView key) const override;
    void scan(ByteView prefix, ByteView from, const Visitor& visit) const override;

    void put(ByteView key, Bytes value);
    void erase(ByteView key);
    /// Writes all of `changes`.
    void apply(Changes changes);

    const StateReader& parent() const { return *parent_; }
    const Changes& changes() const { return changes_; }
    /// Hands the changes over and is empty again.
    Changes take_changes();

  private:
    const StateReader* parent_;
    Changes changes_;
};

}  // namespace dure::ledger
