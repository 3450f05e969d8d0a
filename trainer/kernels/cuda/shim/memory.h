// The shim's device memory: a range of addresses that is closed to the program except while kernels or copies run.
#pragma once

#include <cstddef>
#include <map>

namespace dure::trainer::shim {

class Memory {
  public:
    // Reserves addresses for `capacity` bytes; pages are taken when they are first touched.
    explicit Memory(size_t capacity);
    ~Memory();
    Memory(const Memory&) = delete;
    Memory& operator=(const Memory&) = delete;

    // Aligned to a page, and followed by a page that is never open, so that what runs over an array's end is caught.
    // Throws std::bad_alloc.
    void* allocate(size_t bytes);
    void release(void* memory) noexcept;
    bool holds(const void* pointer) const;

    // Opens all arrays for as long as it lives.
    class Open {
      public:
        explicit Open(Memory& memory) : memory_(memory) { memory_.protect(true); }
        ~Open() { memory_.protect(false); }
        Open(const Open&) = delete;
        Open& operator=(const Open&) = delete;

      private:
        Memory& memory_;
    };

  private:
    void protect(bool open);

    char* base_ = nullptr;
    size_t capacity_;
    size_t used_ = 0;
    int opened_ = 0;
    std::map<char*, size_t> arrays_;  // their sizes in whole pages
};

}  // namespace dure::trainer::shim
