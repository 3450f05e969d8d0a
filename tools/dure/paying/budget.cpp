#include "tools/dure/paying/budget.h"

#include <algorithm>
#include <chrono>

namespace dure::tools {

Day today_by_clock() {
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    return static_cast<Day>(std::chrono::duration_cast<std::chrono::hours>(now).count() / 24);
}

void Budget::turn(Day today) {
    if (today <= day_) return;
    day_ = today;
    spent_ = {};
    held_ = {};
}

Status Budget::check_day(Coin more) const {
    const auto sum = checked_add(spent_ + held_, more);
    if (sum && *sum <= limits().per_day) return {};
    return Error{ErrorCode::insufficient,
                 "the budget of " + to_text(limits().per_day) + " DURE a day does not cover " +
                     to_text(more) + " DURE more: " + to_text(spent_) + " is spent" +
                     (held_.is_zero() ? std::string()
                                      : " and " + to_text(held_) + " held for calls without a receipt") +
                     "; a new day begins at 00:00 UTC, or raise it with: dure budget --per-day AMOUNT"};
}

Result<Day> Budget::hold(Day today, Coin most) {
    turn(today);
    if (most > limits().per_call) {
        return Error{
            ErrorCode::insufficient,
            "this call may cost " + to_text(most) + " DURE, more than the " + to_text(limits().per_call) +
                " DURE that a call may cost; ask for fewer max_tokens, or raise it with: dure budget "
                "--per-call AMOUNT"};
    }
    DURE_CHECK(check_day(most));
    held_ += most;
    return day_;
}

void Budget::settle(Day held_on, Coin held, Coin cost) {
    if (held_on != day_) return;  // of a day that is over
    const Coin returned = std::min(held, held_);
    held_ -= returned;
    spent_ += std::min(cost, held);
}

Status Budget::pay(Day today, Coin cost) {
    turn(today);
    DURE_CHECK(check_day(cost));
    spent_ += cost;
    return {};
}

Coin Budget::left(Day today) const {
    if (today > day_) return limits().per_day;
    return checked_sub(limits().per_day, spent_ + held_).value_or(Coin{});
}

}  // namespace dure::tools
