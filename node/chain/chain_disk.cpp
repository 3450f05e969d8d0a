#include "node/chain/chain_disk.h"

#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>
#include <semaphore>

namespace dure::node {

namespace {

class SystemDisk final : public ChainDisk {
  public:
    explicit SystemDisk(boost::asio::io_context& io) : io_(io) {}
    ~SystemDisk() override {
        *alive_ = false;
        writer_.join();
    }
    SystemDisk(const SystemDisk&) = delete;
    SystemDisk& operator=(const SystemDisk&) = delete;

    Files& files() override { return Files::of_system(); }
    Result<std::unique_ptr<StateStore>> open_store(const std::filesystem::path& directory) override {
        return StateStore::open(directory);
    }
    Status destroy_store(const std::filesystem::path& directory) override {
        return StateStore::destroy(directory);
    }

    void write_behind(StateStore& store, std::shared_ptr<const StateBatch> batch, Written written) override {
        writes_left_.acquire();
        boost::asio::post(writer_, [this, alive = alive_, &store, batch = std::move(batch),
                                    written = std::move(written)]() mutable {
            const Status status = store.write(*batch);
            writes_left_.release();
            boost::asio::post(io_, [alive, status, written = std::move(written)] {
                if (*alive) written(status);
            });
        });
    }

  private:
    boost::asio::io_context& io_;
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);  // only on the io_context
    std::counting_semaphore<k_max_unwritten_batches> writes_left_{k_max_unwritten_batches};
    boost::asio::thread_pool writer_{1};
};

}  // namespace

std::unique_ptr<ChainDisk> system_disk(boost::asio::io_context& io) {
    return std::make_unique<SystemDisk>(io);
}

}  // namespace dure::node
