#include "ledger/state/overlay.h"

#include <algorithm>
#include <utility>

namespace dure::ledger {

bool has_prefix(ByteView key, ByteView prefix) {
    return key.size() >= prefix.size() && std::equal(prefix.begin(), prefix.end(), key.begin());
}

std::optional<Bytes> Overlay::get(ByteView key) const {
    const auto found = changes_.find(to_bytes(key));
    return found != changes_.end() ? found->second : parent_->get(key);
}

void Overlay::scan(ByteView prefix, ByteView from, const Visitor& visit) const {
    const bool starts_later =
        std::lexicographical_compare(prefix.begin(), prefix.end(), from.begin(), from.end());
    auto mine = changes_.lower_bound(to_bytes(starts_later ? from : prefix));
    bool stopped = false;
    const auto is_mine = [&] {
        return !stopped && mine != changes_.end() && has_prefix(mine->first, prefix);
    };
    const auto visit_mine = [&] {
        if (mine->second && !visit(mine->first, *mine->second)) stopped = true;
        ++mine;
    };
    parent_->scan(prefix, from, [&](ByteView key, ByteView value) {
        const auto is_before = [&] {
            return std::lexicographical_compare(mine->first.begin(), mine->first.end(), key.begin(),
                                                key.end());
        };
        while (is_mine() && is_before())
            visit_mine();
        if (stopped) return false;
        if (is_mine() && std::equal(key.begin(), key.end(), mine->first.begin(), mine->first.end())) {
            visit_mine();
        } else if (!visit(key, value)) {
            stopped = true;
        }
        return !stopped;
    });
    while (is_mine())
        visit_mine();
}

void Overlay::put(ByteView key, Bytes value) {
    changes_.insert_or_assign(to_bytes(key), std::move(value));
}

void Overlay::erase(ByteView key) {
    changes_.insert_or_assign(to_bytes(key), std::nullopt);
}

void Overlay::apply(Changes changes) {
    while (!changes.empty()) {
        auto entry = changes.extract(changes.begin());
        changes_.insert_or_assign(std::move(entry.key()), std::move(entry.mapped()));
    }
}

Changes Overlay::take_changes() {
    return std::exchange(changes_, {});
}

}  // namespace dure::ledger
