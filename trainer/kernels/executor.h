// Who runs the trainer's loops: an Executor splits a range of independent items among threads that the caller
// owns. The trainer itself starts no thread; whoever wants several constructs a ThreadPool and hands it in.
//
// Promise: which thread runs which item never changes a result, because items are independent outputs.
// Not here: queues, futures, priorities.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <thread>
#include <type_traits>
#include <vector>

namespace dure::trainer {

// A reference to a callable `void(int64_t begin, int64_t end)`. It does not own the callable: use it only as
// a parameter.
class RangeBody {
  public:
    template <class Body>
    requires(!std::is_same_v<std::remove_cvref_t<Body>, RangeBody>)
        RangeBody(const Body& body)  // implicit, so that a lambda can be passed
        : body_(&body), call_([](const void* object, int64_t begin, int64_t end) {
              (*static_cast<const Body*>(object))(begin, end);
          }) {}

    void operator()(int64_t begin, int64_t end) const { call_(body_, begin, end); }

  private:
    const void* body_;
    void (*call_)(const void*, int64_t, int64_t);
};

class Executor {
  public:
    Executor() = default;
    Executor(const Executor&) = delete;
    Executor& operator=(const Executor&) = delete;
    virtual ~Executor();

    // How many threads may run a body at the same time, the caller's included; at least 1.
    virtual int threads() const = 0;

    // Calls body(begin, end) on ranges that together cover [0, count) once, and returns when all have
    // returned. Bodies must not throw and must not call parallel_for of the same executor.
    virtual void parallel_for(int64_t count, RangeBody body) = 0;
};

// Everything in the caller's thread, as one range.
class SerialExecutor final : public Executor {
  public:
    int threads() const override { return 1; }
    void parallel_for(int64_t count, RangeBody body) override;
};

// A fixed number of threads, the caller's being one of them. Calls from several threads take turns. Between jobs that
// follow one another closely, as those of a training step do, threads stay awake; else they sleep.
class ThreadPool final : public Executor {
  public:
    // Starts threads - 1 workers. Throws std::runtime_error if `threads` is outside 1..k_max_threads, or if
    // the rounding mode or the flush bits of the caller or of a worker are not what the arithmetic needs.
    explicit ThreadPool(int threads);
    ~ThreadPool() override;

    int threads() const override { return static_cast<int>(workers_.size()) + 1; }
    void parallel_for(int64_t count, RangeBody body) override;

    static constexpr int k_max_threads = 256;

  private:
    struct Job;
    void work();
    static void take_ranges(Job& job);
    void stop();

    std::mutex turn_;   // one parallel_for at a time
    std::mutex mutex_;  // guards what follows
    std::condition_variable job_arrived_;
    std::condition_variable job_left_;
    Job* job_ = nullptr;
    // The next two are written under the mutex; whoever waits for them watches them for a moment before it sleeps.
    std::atomic<uint64_t> jobs_{0};  // counts the jobs, so that a worker takes part in each at most once
    std::atomic<int> busy_{0};       // workers inside the present job
    int ready_ = 0;                  // workers that have checked their floating-point state
    bool unfit_ = false;
    bool stopping_ = false;
    std::vector<std::thread> workers_;
};

}  // namespace dure::trainer
