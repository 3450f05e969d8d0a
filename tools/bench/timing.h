// Timing of peers that run in turns, so that what else the machine does meets all of them alike.
#pragma once

#include <time.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <vector>

namespace dure::bench {

inline double seconds_now() {
    return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

/// Of the calling thread: what other programs take from its core does not count.
inline double thread_cpu_seconds_now() {
    timespec time{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

template <class Work>
double seconds_of(const Work& work) {
    const double began = seconds_now();
    work();
    return seconds_now() - began;
}

template <class Work>
double thread_cpu_seconds_of(const Work& work) {
    const double began = thread_cpu_seconds_now();
    work();
    return thread_cpu_seconds_now() - began;
}

/// Numbers of one contender, one for each turn.
class Numbers {
  public:
    void add(double number) { numbers_.push_back(number); }
    const std::vector<double>& all() const { return numbers_; }
    double median() const {
        std::vector<double> sorted = numbers_;
        std::sort(sorted.begin(), sorted.end());
        return sorted[sorted.size() / 2];
    }
    /// Of times: what the machine does when nothing disturbs it.
    double best() const { return *std::min_element(numbers_.begin(), numbers_.end()); }

  private:
    std::vector<double> numbers_;
};

inline double geometric_mean(const std::vector<double>& values) {
    double sum = 0;
    for (const double value : values)
        sum += std::log(value);
    return values.empty() ? 0 : std::exp(sum / static_cast<double>(values.size()));
}

}  // namespace dure::bench
