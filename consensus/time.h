// Time as consensus knows it: a monotonic point in milliseconds that the caller hands in. Its origin means
// nothing, not even from one run of the process to the next. There is no now() here: the machine cannot read
// a clock.
#pragma once

#include <chrono>

namespace dure::consensus {

struct HandedInClock {
    using duration = std::chrono::milliseconds;
    using rep = duration::rep;
    using period = duration::period;
    using time_point = std::chrono::time_point<HandedInClock>;
    static constexpr bool is_steady = true;
};

using Duration = HandedInClock::duration;
using Time = HandedInClock::time_point;

}  // namespace dure::consensus
