// What a simulated chain is made of and what befalls it: all drawn from a seed.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "consensus/config.h"
#include "tools/sim/disk.h"
#include "tools/sim/links.h"

namespace dure::sim {

enum class Role : std::uint8_t {
    honest,
    worn,       ///< honest, but its disk rots and misdirects: it may forget what it signed
    silent,     ///< never there
    twins,      ///< two machines with one key, each heard by one half only
    selective,  ///< honest words, but each reaches only a random part of the network
    liar,       ///< signs votes and proposals at random, for random listeners
    replayer,   ///< honest, and sends old messages of others again and again
};

/// Mistakes planted in the nodes, to show that the simulator finds them.
enum class Mistake : std::uint8_t {
    none,
    journal_is_forgotten,      ///< a start begins with an empty journal, and signs
    journal_is_not_synced,     ///< its fdatasync is missing
    blocks_are_not_synced,     ///< the block log's is missing
    speaks_before_the_record,  ///< votes leave before their records are written
    own_votes_do_not_count,    ///< after a start, own votes from before stay out of the own tally
    never_ticks,               ///< no timer ever fires
    gets_no_blocks,            ///< asks nobody for missing blocks
    finalizes_after_skip,      ///< votes finalize for what it skipped
    weighs_wrongly,            ///< the quorum counts one validator's votes fourfold
    checks_no_signatures,      ///< of votes and certificates
    hardly_backs_off,          ///< time-outs stay far below what the lines take
    executes_nothing,          ///< calls every block valid
    loses_a_record,            ///< one node's state store forgets an account
    counts_the_old_set,        ///< the first epoch's validators in every epoch
    builds_on_the_last_block,  ///< as if the epoch had no end
};
inline constexpr std::size_t k_mistakes = static_cast<std::size_t>(Mistake::builds_on_the_last_block) + 1;
std::string_view name_of(Mistake mistake);

struct Scenario {
    std::uint64_t seed = 0;
    std::vector<std::uint64_t> weights;  ///< of the validators
    std::vector<Role> roles;             ///< likewise
    std::size_t observers = 0;
    bool real_signatures = false;
    bool heals =
        true;  ///< liveness: each storm is followed by calm, in which all must go on; else one long storm
    bool above_the_bound = false;  ///< liars and twins weigh a third or more: then forks are no violation
    Duration length{};             ///< of the whole
    Duration storm{};              ///< of one
    consensus::Timing timing{.delta = Duration{100}, .min_block_interval = Duration{1000}};
    LinkFaults links;
    DiskFaults disks;  ///< of all; rot and misdirect of worn ones only
    double crashes_per_second = 0, pauses_per_second = 0, full_disks_per_second = 0,
           lost_states_per_second = 0;
    std::int64_t drift_ppm = 0;  ///< at most, either way
    double old_parameters = 0;   ///< of each start
    double bad_blocks = 0;       ///< of faulty leaders' ones: no valid execution leads to them
    double transfers_per_second = 2;
    std::uint64_t epoch_blocks = 0;  ///< 0: a single epoch
    double changes_per_second = 0;   ///< steps of validators who leave, return, move their stakes
    Mistake mistake = Mistake::none;
};

/// What a run is asked for; the seed decides the rest.
struct Wishes {
    std::uint64_t seed = 1;
    Duration length{Duration{360'000}};
    std::size_t validators = 0;  ///< 0: by the seed
    std::size_t nodes = 0;       ///< with observers; 0: by the seed
    bool safety = false;         ///< one storm without end
    bool above_the_bound = false;
    std::optional<std::uint64_t> epoch_blocks{};  ///< none: by the seed
    std::optional<double> changes_per_second{};   ///< likewise
    Mistake mistake = Mistake::none;
};

/// Faulty weight below a third, unless it is asked for more.
Scenario draw(const Wishes& wishes);

}  // namespace dure::sim
