// Writes on top of a state that stays as it is. Executed but not yet final blocks are overlays on their
// parents. The parent must outlive the overlay and must not change under it.
//
// What a transaction writes can be taken back until it has succeeded: see Savepoint.
#pragma once

#include <memory>
#include <unordered_map>
#include <utility>
#include <vector>

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

    void put(ByteView key, Bytes value) { set(key, std::move(value)); }
    void erase(ByteView key) { set(key, std::nullopt); }
    /// Writes all of `changes`.
    void apply(const Changes& changes);
    /// Writes all that `other` holds, and leaves it empty.
    void absorb(Overlay& other);

    const StateReader& parent() const { return *parent_; }
    /// What was written, in order; nothing means erased.
    void visit(const std::function<void(ByteView key, const std::optional<Bytes>& value)>& visitor) const;
    Changes changes() const;
    /// Hands the changes over and is empty again.
    Changes take_changes();

    /// All that is written while it stands is taken back at its end, unless it was kept. One at a time.
    class Savepoint {
      public:
        explicit Savepoint(Overlay& overlay);
        ~Savepoint();
        Savepoint(const Savepoint&) = delete;
        Savepoint& operator=(const Savepoint&) = delete;
        void keep();

      private:
        Overlay& overlay_;
    };

  private:
    using Value = std::optional<Bytes>;
    using Values = std::unordered_map<Bytes, Value, KeyHash, KeyEqual>;
    /// The keys that begin with one byte: most are only looked up, and some of the small ones are scanned, so each
    /// has an order of its own, which is made when it is asked for.
    struct Table {
        using Order = std::vector<const Values::value_type*>;
        Values values;
        mutable std::shared_ptr<const Order> order;  ///< of all values but the fresh ones; maybe none
        mutable Order
            fresh;  ///< keys since then, as they came: a table that is scanned and written in turn must
                    ///< not be sorted anew each time, nor one that is only written be kept in order
        /// Whoever goes through it keeps it, and what is written meanwhile is not visited.
        std::shared_ptr<const Order> sorted() const;
        void forget_order() {
            order.reset();
            fresh.clear();
        }
    };
    struct Undo {
        Bytes key;
        bool was_there = false;
        Value value;
    };

    static std::uint8_t table_of(ByteView key) { return key.empty() ? std::uint8_t{0} : key[0]; }
    void set(ByteView key, Value value);
    void roll_back();

    const StateReader* parent_;
    std::map<std::uint8_t, Table> tables_;
    std::vector<Undo> undo_;
    bool has_savepoint_ = false;
};

}  // namespace dure::ledger
