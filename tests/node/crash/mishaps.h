// What goes wrong on a test's disk, and when: all operations that change something are counted, over every file of it,
// and at a chosen one the power goes, or the operation fails, or the disk is full from then on.
#pragma once

#include <atomic>
#include <cstdint>

namespace dure::test {

enum class Mishap : std::uint8_t { none, power_cut, error, disk_full };

class Mishaps {
  public:
    /// From now on: `mishap` at the operation after `operations` more.
    void plan(Mishap mishap, std::uint64_t operations) {
        mishap_ = mishap;
        left_ = static_cast<std::int64_t>(operations);
        happened_ = false;
    }
    void nothing() { plan(Mishap::none, 0); }

    /// Counts one operation; says what happens to it. Any thread may ask.
    Mishap strike() {
        ++operations_;
        const std::int64_t before = left_.fetch_sub(1);
        if (before > 0 || mishap_ == Mishap::none) return Mishap::none;
        if (before < 0 && mishap_ == Mishap::error) return Mishap::none;
        happened_ = true;
        return mishap_;
    }
    bool happened() const { return happened_; }
    bool power_is_out() const { return happened_ && mishap_ == Mishap::power_cut; }
    std::uint64_t operations() const { return operations_; }

  private:
    std::atomic<Mishap> mishap_{Mishap::none};
    std::atomic<std::int64_t> left_{0};
    std::atomic<bool> happened_{false};
    std::atomic<std::uint64_t> operations_{0};
};

}  // namespace dure::test
