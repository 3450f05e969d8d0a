// What paying for calls may cost: at most so much a call, and so much a day. Pure: the day is handed in.
//
// Promises: what is spent and what is held for calls whose cost is not known yet never exceed the day's limit together,
// whatever happens to those calls; a day that goes back (a clock put back) renews nothing. What a call without a receipt
// may have cost stays held until its day is over.
#pragma once

#include <cstdint>
#include <optional>

#include "base/money.h"
#include "base/result.h"

namespace dure::tools {

struct BudgetLimits {
    Coin per_call{50'000'000};    ///< 0.05 DURE
    Coin per_day{1'000'000'000};  ///< 1 DURE

    friend bool operator==(const BudgetLimits&, const BudgetLimits&) = default;
};

/// Days since 1970-01-01, UTC.
using Day = std::uint64_t;
/// By the system's clock.
Day today_by_clock();

class Budget {
  public:
    BudgetLimits kept;                    ///< as the user set them
    std::optional<BudgetLimits> for_run;  ///< in their place, in this run alone

    Budget() = default;
    /// As it was kept.
    Budget(BudgetLimits limits, Day day, Coin spent, Coin held)
        : kept(limits), day_(day), spent_(spent), held_(held) {}
    const BudgetLimits& limits() const { return for_run ? *for_run : kept; }

    /// Sets aside what a call may cost. Returns the day that it is held on. Errors: `insufficient`, naming the limit, what is
    /// used of it and the remedy.
    Result<Day> hold(Day today, Coin most);
    /// The call's end: of what was held only `cost` was spent.
    void settle(Day held_on, Coin held, Coin cost);
    /// A cost that is known at once, such as a transaction's fee. Errors: as `hold`, of the day's limit.
    Status pay(Day today, Coin cost);

    Day day() const { return day_; }
    Coin spent() const { return spent_; }  ///< on `day`
    Coin held() const { return held_; }    ///< on `day`
    /// What is left of the day's limit.
    Coin left(Day today) const;

    friend bool operator==(const Budget&, const Budget&) = default;

  private:
    void turn(Day today);
    Status check_day(Coin more) const;

    Day day_ = 0;
    Coin spent_;
    Coin held_;
};

}  // namespace dure::tools
