// A GPU by CUDA's runtime: its memory, its one stream, and the way of bytes there and back.
#include <cuda_runtime_api.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

#include "trainer/kernels/cuda/cuda_kernels.h"
#include "trainer/kernels/cuda/gpu_kernels.h"

namespace dure::trainer {
namespace {

constexpr int k_oldest_major = 8;  // compute capability that the kernels are compiled for

void check(cudaError_t status, const std::string& what) {
    if (status == cudaSuccess) return;
    cudaGetLastError();  // so that the next call does not report it again
    throw DeviceError("the GPU cannot " + what + ": " + cudaGetErrorString(status));
}

// Uploads copy to memory that is locked in place, from where the GPU fetches them in the background: the program may go
// on and change what it gave. Several slots, so that a small upload seldom waits for an earlier one.
class Staging {
  public:
    Staging() {
        for (Slot& slot : slots_) {
            check(cudaMallocHost(&slot.memory, k_slot_bytes), "lock memory for uploads");
            check(cudaEventCreateWithFlags(&slot.fetched, cudaEventDisableTiming), "make an event");
        }
    }
    ~Staging() {
        for (Slot& slot : slots_) {
            cudaEventDestroy(slot.fetched);
            cudaFreeHost(slot.memory);
        }
    }
    Staging(const Staging&) = delete;
    Staging& operator=(const Staging&) = delete;

    void upload(cudaStream_t stream, void* to, const void* from, size_t bytes) {
        for (size_t done = 0; done < bytes; done += k_slot_bytes) {
            const size_t part = std::min(bytes - done, k_slot_bytes);
            Slot& slot = slots_[next_];
            next_ = (next_ + 1) % slots_.size();
            check(cudaEventSynchronize(slot.fetched), "finish an upload");
            std::memcpy(slot.memory, static_cast<const char*>(from) + done, part);
            check(cudaMemcpyAsync(static_cast<char*>(to) + done, slot.memory, part, cudaMemcpyHostToDevice,
                                  stream),
                  "fetch from the program's memory");
            check(cudaEventRecord(slot.fetched, stream), "record an event");
        }
    }

  private:
    static constexpr size_t k_slot_bytes = size_t{1} << 20;
    struct Slot {
        void* memory = nullptr;
        cudaEvent_t fetched = nullptr;
    };
    std::array<Slot, 8> slots_;
    size_t next_ = 0;
};

class CudaDevice final : public cuda::GpuDevice {
  public:
    CudaDevice() {
        check(cudaSetDevice(0), "be chosen");
        cudaDeviceProp properties{};
        check(cudaGetDeviceProperties(&properties, 0), "be asked what it is");
        name_ = std::string("cuda: ") + properties.name;
        stream_.processors = properties.multiProcessorCount;
        check(cudaStreamCreateWithFlags(&stream_.handle, cudaStreamNonBlocking), "make a stream");
    }
    ~CudaDevice() override {
        cudaStreamSynchronize(stream_.handle);
        cudaStreamDestroy(stream_.handle);
    }

    std::string name() const override { return name_; }
    const cuda::Stream& stream() const override { return stream_; }
    bool holds(const void*) const override { return true; }

    void* allocate(size_t bytes) override {
        void* memory = nullptr;
        check(cudaMalloc(&memory, bytes), "give " + std::to_string(bytes) + " bytes of its memory");
        zero(memory, bytes);
        return memory;
    }
    void release(void* memory) noexcept override {
        cudaFree(memory);  // waits for the work that may use it
    }
    void upload(void* to, const void* from, size_t bytes) override {
        staging_.upload(stream_.handle, to, from, bytes);
    }
    void download(void* to, const void* from, size_t bytes) override {
        check(cudaMemcpyAsync(to, from, bytes, cudaMemcpyDeviceToHost, stream_.handle), "give back results");
        check(cudaStreamSynchronize(stream_.handle), "finish its work");
    }
    void copy(void* to, const void* from, size_t bytes) override {
        check(cudaMemcpyAsync(to, from, bytes, cudaMemcpyDeviceToDevice, stream_.handle), "copy its memory");
    }
    void zero(void* to, size_t bytes) override {
        check(cudaMemsetAsync(to, 0, bytes, stream_.handle), "zero its memory");
    }

  private:
    std::string name_;
    cuda::Stream stream_;
    Staging staging_;
};

}  // namespace

namespace cuda {

void check_launch() {
    check(cudaGetLastError(), "start a kernel");
}

}  // namespace cuda

std::string cuda_fault() {
    int count = 0;
    const cudaError_t status = cudaGetDeviceCount(&count);
    if (status != cudaSuccess || count == 0) {
        cudaGetLastError();
        return std::string("no GPU can be used by CUDA (") +
               (status == cudaSuccess ? "none is visible" : cudaGetErrorString(status)) +
               "): it takes an NVIDIA GPU with its driver; nvidia-smi lists them, and CUDA_VISIBLE_DEVICES "
               "may hide them";
    }
    cudaDeviceProp properties{};
    if (cudaGetDeviceProperties(&properties, 0) != cudaSuccess) return "the GPU cannot be asked what it is";
    if (properties.major < k_oldest_major) {
        return std::string("the GPU ") + properties.name + " has compute capability " +
               std::to_string(properties.major) + "." + std::to_string(properties.minor) +
               "; the kernels need 8.0 (Ampere) or newer";
    }
    return "";
}

std::unique_ptr<Kernels> make_cuda_kernels(std::unique_ptr<Kernels> host) {
    return cuda::make_gpu_kernels(std::make_unique<CudaDevice>(), std::move(host));
}

}  // namespace dure::trainer
