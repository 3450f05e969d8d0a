#include "node/roles/workshop.h"

#include <spdlog/spdlog.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <boost/asio/post.hpp>

namespace dure::node {

namespace asio = boost::asio;

WorkshopThread::WorkshopThread(asio::io_context& io, Config config)
    : Workshop(io), thread_([this, config] { work(config); }) {}

WorkshopThread::~WorkshopThread() {
    stop();
    thread_.join();
}

void WorkshopThread::stop() {
    std::multimap<std::uint64_t, Job> left;
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
        left.swap(jobs_);
        if (under_way_) under_way_->store(true);
    }
    arrived_.notify_all();
    for (auto& [urgency, job] : left)
        asio::post(io_, std::move(job.done));
}

std::size_t WorkshopThread::waiting() const {
    const std::lock_guard lock(mutex_);
    return jobs_.size();
}

void WorkshopThread::enqueue(std::uint64_t urgency, Job job) {
    {
        const std::lock_guard lock(mutex_);
        if (!stopping_) {
            jobs_.emplace(urgency, std::move(job));
            arrived_.notify_one();
            return;
        }
    }
    asio::post(io_, std::move(job.done));
}

void WorkshopThread::work(Config config) {
    // Linux keeps a niceness for each thread; those started below inherit it. Failing to be nice harms
    // nobody.
    if (config.niceness != 0)
        ::setpriority(PRIO_PROCESS, static_cast<id_t>(::syscall(SYS_gettid)), config.niceness);
    if (config.cores > 1) {
        executor_ = std::make_unique<trainer::ThreadPool>(static_cast<int>(config.cores));
    } else {
        executor_ = std::make_unique<trainer::SerialExecutor>();
    }
    try {
        kernels_ = trainer::make_kernels(config.device, config.isa, *executor_);
    } catch (const trainer::DeviceError& error) {
        spdlog::error("{}; going on with the CPU, which gives the same bits", error.what());
        kernels_ = trainer::make_kernels(config.isa, *executor_);
    }
    spdlog::info("computing on {} ({}, {} of the CPU's cores)", kernels_->device().name(),
                 trainer::isa_name(config.isa), config.cores);
    while (true) {
        Job job;
        {
            std::unique_lock lock(mutex_);
            arrived_.wait(lock, [&] { return stopping_ || !jobs_.empty(); });
            if (stopping_) return;
            job = std::move(jobs_.begin()->second);
            jobs_.erase(jobs_.begin());
            under_way_ = job.cancelled;
        }
        if (!job.cancelled->load()) job.work(*kernels_, *job.cancelled);
        {
            const std::lock_guard lock(mutex_);
            under_way_.reset();
        }
        asio::post(io_, std::move(job.done));
    }
}

void InlineWorkshop::enqueue(std::uint64_t, Job job) {
    if (!job.cancelled->load()) job.work(kernels_, *job.cancelled);
    asio::post(io_, std::move(job.done));
}

}  // namespace dure::node
