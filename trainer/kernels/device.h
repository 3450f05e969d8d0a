// Where the kernels' arguments lie. The CPU's kernels read the program's own memory; those of a GPU read the GPU's.
// A Device hands out memory of its kind and moves bytes between it and the program's. Model code holds what kernels
// touch in DeviceArrays, so that one text runs on either; on the CPU nothing is copied for that.
//
// Promises: work that kernels and a device were given runs in the order in which it was given; only `download` (and
// kernels that return a value) wait for it. Sizes and ranges are preconditions. Not here: several GPUs, streams.
#pragma once

#include <cstdint>
#include <cstring>
#include <span>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace dure::trainer {

// A device that ceased to work, or has no memory left.
class DeviceError : public std::runtime_error {
  public:
    using std::runtime_error::runtime_error;
};

class Device {
  public:
    Device() = default;
    Device(const Device&) = delete;
    Device& operator=(const Device&) = delete;
    virtual ~Device();

    // For people: "cpu", or "cuda: " and the GPU's name.
    virtual std::string name() const = 0;
    // Whether its memory is the program's own.
    virtual bool is_host() const = 0;

    // Zeroed memory, aligned to 64 bytes. Throws std::bad_alloc or DeviceError if there is none left.
    virtual void* allocate(size_t bytes) = 0;
    virtual void release(void* memory) noexcept = 0;
    // From the program's memory, which may change as soon as this returns.
    virtual void upload(void* to, const void* from, size_t bytes) = 0;
    // To the program's memory: waits for all work before.
    virtual void download(void* to, const void* from, size_t bytes) = 0;
    // Within its own memory; the ranges do not overlap.
    virtual void copy(void* to, const void* from, size_t bytes) = 0;
    virtual void zero(void* to, size_t bytes) = 0;
};

// The program's own memory. It lives as long as the program.
Device& host_device();

// `size` elements in a device's memory, zero at first. The device must outlive it.
template <class T>
class DeviceArray {
    static_assert(std::is_trivially_copyable_v<T>);

  public:
    DeviceArray() = default;
    DeviceArray(Device& device, size_t size)
        : device_(&device),
          data_(size == 0 ? nullptr : static_cast<T*>(device.allocate(size * sizeof(T)))),
          size_(size) {}
    DeviceArray(Device& device, std::span<const T> values) : DeviceArray(device, values.size()) {
        upload(values);
    }
    DeviceArray(DeviceArray&& other) noexcept
        : device_(other.device_),
          data_(std::exchange(other.data_, nullptr)),
          size_(std::exchange(other.size_, 0)) {}
    DeviceArray& operator=(DeviceArray&& other) noexcept {
        if (this == &other) return *this;
        if (data_ != nullptr) device_->release(data_);
        device_ = other.device_;
        data_ = std::exchange(other.data_, nullptr);
        size_ = std::exchange(other.size_, 0);
        return *this;
    }
    ~DeviceArray() {
        if (data_ != nullptr) device_->release(data_);
    }

    T* data() { return data_; }
    const T* data() const { return data_; }
    size_t size() const { return size_; }
    // Names the device's memory: to be passed on, not to be read where the device is not the host.
    std::span<T> span() { return {data_, size_}; }
    std::span<const T> span() const { return {data_, size_}; }
    operator std::span<T>() { return span(); }              // implicit: it is passed as std::vector is
    operator std::span<const T>() const { return span(); }  // implicit: as above

    void upload(std::span<const T> values) {
        if (!values.empty()) device_->upload(data_, values.data(), values.size_bytes());
    }
    // All elements where the program can read them: the array itself on the host, else a copy in `buffer`.
    std::span<const T> on_host(std::vector<T>& buffer) const {
        if (data_ == nullptr || device_->is_host()) return span();
        buffer.resize(size_);
        device_->download(buffer.data(), data_, size_ * sizeof(T));
        return buffer;
    }

  private:
    Device* device_ = nullptr;
    T* data_ = nullptr;
    size_t size_ = 0;
};

// Values of the program's memory where a device can read them: the values themselves on the host, else a copy.
class DeviceCopy {
  public:
    // Without a copy `values` must outlive this.
    DeviceCopy(Device& device, std::span<const float> values)
        : copy_(device.is_host() ? DeviceArray<float>() : DeviceArray<float>(device, values)),
          values_(device.is_host() ? values : std::span<const float>(copy_.span())) {}

    const float* data() const { return values_.data(); }
    operator std::span<const float>() const { return values_; }  // implicit: it is passed as std::vector is

  private:
    DeviceArray<float> copy_;
    std::span<const float> values_;
};

}  // namespace dure::trainer
