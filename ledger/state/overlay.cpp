#include "ledger/state/overlay.h"

#include <algorithm>

#include "base/assert.h"

namespace dure::ledger {

namespace {

bool less(ByteView a, ByteView b) {
    return as_text(a) < as_text(b);
}

}  // namespace

bool has_prefix(ByteView key, ByteView prefix) {
    return key.size() >= prefix.size() && std::equal(prefix.begin(), prefix.end(), key.begin());
}

std::shared_ptr<const Overlay::Table::Order> Overlay::Table::sorted() const {
    const auto before = [](const auto* a, const auto* b) { return less(a->first, b->first); };
    if (!order) {
        auto made = std::make_shared<Order>();
        made->reserve(values.size());
        for (const auto& entry : values)
            made->push_back(&entry);
        std::sort(made->begin(), made->end(), before);
        order = std::move(made);
    } else if (!fresh.empty()) {
        // Whoever goes through the order as it was keeps that.
        auto made = order.use_count() == 1 ? std::const_pointer_cast<Order>(std::exchange(order, nullptr))
                                           : std::make_shared<Order>(*order);
        std::sort(fresh.begin(), fresh.end(), before);
        const auto middle = static_cast<Order::difference_type>(made->size());
        made->insert(made->end(), fresh.begin(), fresh.end());
        std::inplace_merge(made->begin(), made->begin() + middle, made->end(), before);
        order = std::move(made);
    }
    fresh.clear();
    DURE_ASSERT(order->size() == values.size());
    return order;
}

std::optional<Bytes> Overlay::get(ByteView key) const {
    if (const auto table = tables_.find(table_of(key)); table != tables_.end()) {
        const Values& values = table->second.values;
        if (const auto found = values.find(key); found != values.end()) return found->second;
    }
    return parent_->get(key);
}

void Overlay::scan(ByteView prefix, ByteView from, const Visitor& visit) const {
    const ByteView first = less(prefix, from) ? from : prefix;
    // Of the tables that the prefix allows, from the first entry on; more than one only for the empty prefix.
    auto table = prefix.empty() ? tables_.begin() : tables_.find(prefix[0]);
    const auto tables_end = prefix.empty() || table == tables_.end() ? tables_.end() : std::next(table);
    std::shared_ptr<const Table::Order> order;
    Table::Order::const_iterator mine;
    const auto open_table = [&] {
        for (; table != tables_end; ++table) {
            order = table->second.sorted();
            mine = std::lower_bound(order->begin(), order->end(), first,
                                    [](const auto* entry, ByteView key) { return less(entry->first, key); });
            if (mine != order->end()) return;
        }
    };
    open_table();
    bool stopped = false;
    const auto is_mine = [&] {
        return !stopped && table != tables_end && has_prefix((*mine)->first, prefix);
    };
    const auto visit_mine = [&] {
        const auto& [key, value] = **mine;
        if (value && !visit(key, *value)) stopped = true;
        if (++mine == order->end()) {
            ++table;
            open_table();
        }
    };
    parent_->scan(prefix, from, [&](ByteView key, ByteView value) {
        while (is_mine() && less((*mine)->first, key))
            visit_mine();
        if (stopped) return false;
        if (is_mine() && as_text(key) == as_text((*mine)->first)) {
            visit_mine();
        } else if (!visit(key, value)) {
            stopped = true;
        }
        return !stopped;
    });
    while (is_mine())
        visit_mine();
}

void Overlay::set(ByteView key, Value value) {
    Table& table = tables_[table_of(key)];
    const auto found = table.values.find(key);
    if (has_savepoint_) {
        const bool is_there = found != table.values.end();
        undo_.push_back({to_bytes(key), is_there, is_there ? std::move(found->second) : std::nullopt});
    }
    if (found != table.values.end()) {
        found->second = std::move(value);
        return;
    }
    const auto entry = table.values.emplace(to_bytes(key), std::move(value)).first;
    if (table.order) table.fresh.push_back(&*entry);
}

void Overlay::roll_back() {
    for (; !undo_.empty(); undo_.pop_back()) {
        Undo& last = undo_.back();
        Table& table = tables_.at(table_of(last.key));
        const auto found = table.values.find(last.key);
        DURE_ASSERT(found != table.values.end());
        if (last.was_there) {
            found->second = std::move(last.value);
        } else {
            table.forget_order();
            table.values.erase(found);
        }
    }
}

void Overlay::apply(const Changes& changes) {
    for (const auto& [key, value] : changes)
        set(key, value);
}

void Overlay::absorb(Overlay& other) {
    DURE_ASSERT(!has_savepoint_ && !other.has_savepoint_);
    for (auto& [name, from] : other.tables_) {
        Table& to = tables_[name];
        if (to.values.empty()) {
            to = std::move(from);
            continue;
        }
        to.forget_order();
        while (!from.values.empty()) {
            auto entry = from.values.extract(from.values.begin());
            to.values.insert_or_assign(std::move(entry.key()), std::move(entry.mapped()));
        }
    }
    other.tables_.clear();
}

void Overlay::visit(
    const std::function<void(ByteView key, const std::optional<Bytes>& value)>& visitor) const {
    for (const auto& [name, table] : tables_) {
        const auto order = table.sorted();
        for (const auto* entry : *order)
            visitor(entry->first, entry->second);
    }
}

Changes Overlay::changes() const {
    Changes changes;
    visit([&](ByteView key, const std::optional<Bytes>& value) {
        changes.emplace_hint(changes.end(), to_bytes(key), value);
    });
    return changes;
}

Changes Overlay::take_changes() {
    DURE_ASSERT(!has_savepoint_);
    Changes all = changes();
    tables_.clear();
    return all;
}

Overlay::Savepoint::Savepoint(Overlay& overlay) : overlay_(overlay) {
    DURE_ASSERT(!overlay.has_savepoint_);
    overlay.has_savepoint_ = true;
}

void Overlay::Savepoint::keep() {
    overlay_.undo_.clear();
}

Overlay::Savepoint::~Savepoint() {
    overlay_.roll_back();
    overlay_.has_savepoint_ = false;
}

}  // namespace dure::ledger
