#include "trainer/kernels/executor.h"

#include <immintrin.h>

#include <algorithm>
#include <atomic>
#include <stdexcept>
#include <string>

#include "trainer/kernels/floating_point.h"

namespace dure::trainer {
namespace {

// Ranges per thread: enough that uneven items even out, few enough that taking one costs nothing.
constexpr int64_t k_ranges_per_thread = 8;
// Looks at what is waited for before sleeping: some 50 microseconds, which is what sleeping and waking cost.
constexpr int k_looks = 1000;

template <class Ready>
void watch(const Ready& ready) {
    for (int look = 0; look < k_looks && !ready(); ++look)
        _mm_pause();
}

}  // namespace

Executor::~Executor() = default;

void SerialExecutor::parallel_for(int64_t count, RangeBody body) {
    if (count > 0) body(0, count);
}

struct ThreadPool::Job {
    RangeBody body;
    int64_t count;
    int64_t step;
    std::atomic<int64_t> next{0};
};

ThreadPool::ThreadPool(int threads) {
    if (threads < 1 || threads > k_max_threads) {
        throw std::runtime_error("a thread pool has 1 to " + std::to_string(k_max_threads) +
                                 " threads, not " + std::to_string(threads));
    }
    const char* fault = floating_point_fault();
    if (fault != nullptr) throw std::runtime_error(fault);
    try {
        workers_.reserve(static_cast<size_t>(threads - 1));
        for (int i = 1; i < threads; ++i)
            workers_.emplace_back([this] { work(); });
    } catch (...) {
        stop();
        throw;
    }
    bool unfit = false;
    {
        std::unique_lock lock(mutex_);
        job_left_.wait(lock, [&] { return ready_ == threads - 1; });
        unfit = unfit_;
    }
    if (unfit) {
        stop();
        throw std::runtime_error("a worker thread starts with other floating-point settings than its parent");
    }
}

ThreadPool::~ThreadPool() {
    stop();
}

void ThreadPool::stop() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    job_arrived_.notify_all();
    for (std::thread& worker : workers_)
        worker.join();
    workers_.clear();
}

void ThreadPool::take_ranges(Job& job) {
    while (true) {
        const int64_t begin = job.next.fetch_add(job.step, std::memory_order_relaxed);
        if (begin >= job.count) return;
        job.body(begin, std::min(begin + job.step, job.count));
    }
}

void ThreadPool::work() {
    const bool fit = floating_point_fault() == nullptr;
    std::unique_lock lock(mutex_);
    ++ready_;
    unfit_ = unfit_ || !fit;
    job_left_.notify_all();
    uint64_t seen = 0;
    while (true) {
        lock.unlock();
        watch([&] { return jobs_.load(std::memory_order_relaxed) != seen; });
        lock.lock();
        job_arrived_.wait(lock, [&] { return stopping_ || (job_ != nullptr && jobs_ != seen); });
        if (stopping_) return;
        seen = jobs_;
        Job& job = *job_;
        ++busy_;
        lock.unlock();
        take_ranges(job);
        lock.lock();
        if (--busy_ == 0) job_left_.notify_all();
    }
}

void ThreadPool::parallel_for(int64_t count, RangeBody body) {
    if (count <= 0) return;
    if (workers_.empty() || count == 1) {
        body(0, count);
        return;
    }
    const std::lock_guard turn(turn_);
    Job job{body, count, std::max<int64_t>(1, count / (int64_t{threads()} * k_ranges_per_thread))};
    {
        const std::lock_guard lock(mutex_);
        job_ = &job;
        ++jobs_;
    }
    job_arrived_.notify_all();
    take_ranges(job);
    watch([&] { return busy_.load(std::memory_order_relaxed) == 0; });
    std::unique_lock lock(mutex_);
    job_ = nullptr;  // who comes late finds nothing; who is inside is waited for
    job_left_.wait(lock, [&] { return busy_ == 0; });
}

}  // namespace dure::trainer
