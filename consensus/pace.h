// When things are due: the slot's two timers, the minimum block interval, the back-off, and when to speak up
// because nothing finalizes (rules 1 and 8). Deadlines are computed on entering a slot and stand until it is
// left.
#pragma once

#include <algorithm>
#include <optional>

#include "consensus/config.h"
#include "consensus/time.h"

namespace dure::consensus {

class Pace {
  public:
    explicit Pace(const Timing& timing) : timing_(timing) {}

    void start(Time now) {
        finalized_ = now;
        resent_ = now;
        enter_slot(now);
    }

    /// A new slot begins. Its proposal is due once the interval has passed since the newest block was seen,
    /// at most one interval from now: so a node that races through old slots does not add up waits.
    void enter_slot(Time now) {
        if (seen_) last_block_ = std::min(std::max(*seen_, opened_), now);
        seen_.reset();
        opened_ = last_block_ ? std::max(now, *last_block_ + timing_.min_block_interval) : now;
        const Duration idle = std::max(Duration{0}, opened_ - finalized_ - timing_.min_block_interval);
        delta_ = std::min(timing_.delta + idle / k_backoff_divisor, timing_.delta * k_max_backoff);
    }

    /// The slot's proposal or notarization was seen.
    void saw_block(Time now) {
        if (!seen_) seen_ = now;
    }

    /// Only this shortens the back-off again: slots that pass without finality do not.
    void finalized(Time now) { finalized_ = now; }
    void resent(Time now) { resent_ = now; }

    /// From when on the slot's block may be proposed and notarized.
    Time opened() const { return opened_; }
    Time leader_deadline() const { return opened_ + 2 * delta_; }
    Time advance_deadline() const { return opened_ + 3 * delta_; }

    /// Longer than this without a finalization is worth a word; also the time between two such words.
    Duration patience() const { return timing_.min_block_interval + 4 * timing_.delta; }
    Time resend_at() const { return std::max(finalized_, resent_) + patience(); }
    bool stalled(Time now) const { return now >= finalized_ + patience(); }

    /// A proposal or its block may just be late: so long a fetch waits before its first request.
    Duration fetch_grace() const { return timing_.delta / 2; }
    /// And so long before the next.
    Duration fetch_retry() const { return 2 * timing_.delta; }
    /// The least time between two answers to one peer that is behind.
    Duration help_interval() const { return 2 * timing_.delta; }

  private:
    Timing timing_;
    Time opened_{};
    Duration delta_{};
    Time finalized_{};
    Time resent_{};
    std::optional<Time> seen_;        // in this slot
    std::optional<Time> last_block_;  // the newest of an earlier slot
};

}  // namespace dure::consensus
