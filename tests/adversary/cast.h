// Who lives in a village, with what, and who cheats.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <ostream>
#include <string>
#include <vector>

#include "base/money.h"
#include "ledger/records/parameters.h"

namespace dure::adversary {

class Behaviour;

/// From this tick on, up to and without that one, a member is not there: it neither acts nor serves nor proposes.
struct Absence {
    std::uint64_t from = 0;
    std::uint64_t until = 0;
};

struct MemberOptions {
    std::shared_ptr<Behaviour> behaviour{};  ///< none: honest
    Shares bonded{};  ///< a founding validator's and trainer's; nothing: somebody who comes later
    bool trains_as_newcomer = false;  ///< with a deposit in place of a bond
    std::vector<Absence> absences{};
    std::uint64_t late = 0;            ///< blocks between knowing an answer and sending it
    std::vector<std::string> texts{};  ///< offered as soon as it is there
};

/// Deadlines of a few blocks.
ledger::Parameters quick_parameters();

/// A village before it begins.
struct Cast {
    std::uint64_t seed = 0;
    std::vector<MemberOptions> members{};
    ledger::Parameters parameters = quick_parameters();
    std::vector<std::size_t> watched{};  ///< the members whose gain is asked for
};

inline constexpr Shares k_founders_bond{100 * k_units_per_share};
/// Honest founders with a text each.
std::vector<MemberOptions> honest_members(std::uint64_t seed, std::size_t count);
/// The text that the honest founder of that number brings.
std::string honest_text(std::uint64_t seed, std::size_t number);

/// Bonds and a vesting time with which units are audited in part instead of whole.
void establish(Cast& cast);

/// A cheat: who plays it, and who would be there in its place.
struct Adversary {
    std::string name;
    std::string what;
    /// Puts cheats among eight honest founders with a text each, and names them.
    std::function<void(Cast&)> enter;
    /// Those who have the same and are honest; must name the same members. None: the eight founders.
    std::function<void(Cast&)> honest{};
    std::uint64_t ticks = 160;

    friend std::ostream& operator<<(std::ostream& out, const Adversary& adversary) {
        return out << adversary.what;
    }
};

}  // namespace dure::adversary
