#include "trainer/kernels/cuda/shim/memory.h"

#include <sys/mman.h>

#include <new>

namespace dure::trainer::shim {
namespace {

constexpr size_t k_page = 4096;

}  // namespace

Memory::Memory(size_t capacity) : capacity_(capacity) {
    void* const base = mmap(nullptr, capacity, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (base == MAP_FAILED) throw std::bad_alloc();
    base_ = static_cast<char*>(base);
}

Memory::~Memory() {
    munmap(base_, capacity_);
}

void* Memory::allocate(size_t bytes) {
    const size_t size = (bytes + k_page - 1) / k_page * k_page;
    // Addresses are not used again: what was released stays closed.
    if (size > capacity_ || used_ + size + k_page > capacity_) throw std::bad_alloc();
    char* const memory = base_ + used_;
    used_ += size + k_page;
    arrays_.emplace(memory, size);
    if (opened_ > 0) mprotect(memory, size, PROT_READ | PROT_WRITE);
    return memory;
}

void Memory::release(void* memory) noexcept {
    const auto found = arrays_.find(static_cast<char*>(memory));
    if (found == arrays_.end()) return;
    mprotect(found->first, found->second, PROT_NONE);
    madvise(found->first, found->second, MADV_DONTNEED);
    arrays_.erase(found);
}

bool Memory::holds(const void* pointer) const {
    const char* const at = static_cast<const char*>(pointer);
    return at >= base_ && at < base_ + used_;
}

void Memory::protect(bool open) {
    opened_ += open ? 1 : -1;
    if (opened_ != (open ? 1 : 0)) return;
    for (const auto& [memory, size] : arrays_)
        mprotect(memory, size, open ? PROT_READ | PROT_WRITE : PROT_NONE);
}

}  // namespace dure::trainer::shim
