#include "base/protocol/validators.h"

#include <algorithm>

#include "base/money.h"

namespace dure::protocol {

std::uint64_t ValidatorSet::total_weight() const {
    std::uint64_t total = 0;
    for (const Validator& validator : validators)
        total += validator.weight;
    return total;
}

bool ValidatorSet::is_quorum(std::uint64_t weight) const {
    return static_cast<Uint128>(weight) * 3 > static_cast<Uint128>(total_weight()) * 2;
}

bool ValidatorSet::has_honest(std::uint64_t weight) const {
    return static_cast<Uint128>(weight) * 3 > total_weight();
}

std::optional<std::size_t> ValidatorSet::index_of(const Account& key) const {
    const auto found = std::lower_bound(
        validators.begin(), validators.end(), key,
        [](const Validator& validator, const Account& wanted) { return validator.key < wanted; });
    if (found == validators.end() || found->key != key) return std::nullopt;
    return static_cast<std::size_t>(found - validators.begin());
}

Hash ValidatorSet::hash() const {
    static const TaggedHash tagged("dure/validators");
    return tagged.of(*this);
}

Status ValidatorSet::check() const {
    if (validators.empty()) return Error{ErrorCode::invalid, "a validator set needs at least one validator"};
    Uint128 total = 0;
    for (std::size_t i = 0; i < validators.size(); ++i) {
        if (validators[i].weight == 0)
            return Error{ErrorCode::invalid, "validator " + validators[i].key.address() + " has no weight"};
        if (i > 0 && !(validators[i - 1].key < validators[i].key)) {
            return Error{ErrorCode::invalid,
                         "validators must ascend by key, each once; see number " + std::to_string(i)};
        }
        total += validators[i].weight;
    }
    if (total >= k_max_supply)
        return Error{ErrorCode::invalid, "the validators' weights sum to more shares than can exist"};
    return {};
}

}  // namespace dure::protocol
