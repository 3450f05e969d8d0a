#include "tools/dure/devnet/progress.h"

#include <array>
#include <cstdio>
#include <ostream>

#include "tools/dure/output.h"

namespace dure::tools {

namespace json = boost::json;

namespace {

constexpr std::chrono::seconds k_longest_silence{20};
constexpr std::string_view k_bond_suffix = "-bond";

std::string percent(std::uint64_t part, std::uint64_t whole) {
    std::array<char, 32> text{};
    std::snprintf(text.data(), text.size(), "%.1f %%",
                  whole == 0 ? 0.0 : 100.0 * static_cast<double>(part) / static_cast<double>(whole));
    return text.data();
}

/// Shares of each node and, together, of those who gave data.
std::map<std::string, std::uint64_t> grouped(const Snapshot& snapshot) {
    std::map<std::string, std::uint64_t> groups;
    for (const auto& [name, shares] : snapshot.shares)
        groups[name.rfind("node-", 0) == 0 ? name : "data givers"] += shares;
    return groups;
}

}  // namespace

Result<Snapshot> take_snapshot(Network& network, const Devnet& devnet) {
    Snapshot snapshot;
    DURE_TRY(const json::value status, network.ask_any("/v1/status"));
    DURE_TRY(const json::value owners, network.ask_any("/v1/owners?limit=1000"));
    snapshot.height = number_at(status, "height");
    snapshot.round = number_at(status, "round.number");
    snapshot.phase = text_at(status, "round.phase");
    snapshot.decided = number_at(status, "rounds_decided");
    snapshot.held_out_loss = number_at(status, "held_out_loss");
    snapshot.generation = number_at(status, "generation");
    snapshot.total_shares = number_at(owners, "total_shares");
    for (const auto& owner : list_at(owners, "items")) {
        std::string name = devnet.name_of(text_at(owner, "address"));
        if (name.size() > k_bond_suffix.size() && name.ends_with(k_bond_suffix))
            name.resize(name.size() - k_bond_suffix.size());
        snapshot.shares[name] += number_at(owner, "total");
    }
    return snapshot;
}

std::string Progress::clock() const {
    const auto seconds =
        std::chrono::duration_cast<std::chrono::seconds>(std::chrono::steady_clock::now() - began_).count();
    std::array<char, 32> text{};
    std::snprintf(text.data(), text.size(), "%3lld s", static_cast<long long>(seconds));
    return text.data();
}

std::string Progress::blocks_per_second(std::uint64_t height) {
    const auto now = std::chrono::steady_clock::now();
    if (first_height_ == 0) {
        first_height_ = height;
        first_time_ = now;
    }
    const double seconds = std::chrono::duration<double>(now - first_time_).count();
    std::array<char, 32> text{};
    std::snprintf(text.data(), text.size(), "%.1f/s",
                  seconds < 1 ? 0.0 : static_cast<double>(height - first_height_) / seconds);
    return text.data();
}

void Progress::clear_moving_lines() {
    if (moving_lines_ > 0) out_ << "\x1b[" << moving_lines_ << "A\x1b[J";
    moving_lines_ = 0;
}

void Progress::say(const std::string& line) {
    clear_moving_lines();
    out_ << clock() << "  " << line << std::endl;
    last_line_ = std::chrono::steady_clock::now();
}

void Progress::show(const Snapshot& snapshot) {
    if (first_loss_ == 0) first_loss_ = snapshot.held_out_loss;
    if (before_.height > 0 && snapshot.generation > before_.generation) {
        say("the model has grown: generation " + std::to_string(snapshot.generation) +
            " says the same, bit for bit, and learns on with more parameters");
    }
    if (in_place_) {
        show_in_place(snapshot);
    } else {
        log(snapshot);
    }
    before_ = snapshot;
}

void Progress::show_in_place(const Snapshot& snapshot) {
    clear_moving_lines();
    Table table({"", "shares", "part"});
    for (const auto& [name, shares] : grouped(snapshot))
        table.row({name, to_text(Shares{shares}), percent(shares, snapshot.total_shares)});
    std::string text = clock() + "  block " + std::to_string(snapshot.height) + " (" +
                       blocks_per_second(snapshot.height) + ")   round " + std::to_string(snapshot.round) +
                       " " + snapshot.phase + "   held-out loss " + nats(snapshot.held_out_loss) + " (was " +
                       nats(first_loss_) + ")\n" + table.text("       ");
    for (const char letter : text)
        moving_lines_ += letter == '\n' ? 1 : 0;
    out_ << text << std::flush;
}

void Progress::log(const Snapshot& snapshot) {
    const bool round_ended = snapshot.decided != before_.decided;
    const auto now = std::chrono::steady_clock::now();
    const std::string speed = blocks_per_second(snapshot.height);
    if (!round_ended && now - last_line_ < k_longest_silence) return;
    std::string line = "round " + std::to_string(snapshot.round) + " " + snapshot.phase + ", " +
                       std::to_string(snapshot.decided) + " decided, held-out loss " +
                       nats(snapshot.held_out_loss) + ", block " + std::to_string(snapshot.height) + " (" +
                       speed + ")";
    for (const auto& [name, shares] : grouped(snapshot))
        line += ", " + name + " " + percent(shares, snapshot.total_shares);
    say(line);
}

}  // namespace dure::tools
