#include "tools/dure/devnet/processes.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <thread>
#include <utility>

namespace dure::tools {

namespace {

volatile std::sig_atomic_t g_interrupted = 0;

void on_interrupt(int) {
    g_interrupted = 1;
}

Error io_error(const std::string& what) {
    return {ErrorCode::io, what + ": " + std::strerror(errno)};
}

/// In the child, between fork and exec: only async-signal-safe calls.
[[noreturn]] void become(pid_t parent, int log, const char* program, char* const* arguments) {
    ::prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (::getppid() != parent) ::_exit(127);  // it ended before the line above
    ::setpgid(0, 0);
    ::dup2(log, STDOUT_FILENO);
    ::dup2(log, STDERR_FILENO);
    const int nothing = ::open("/dev/null", O_RDONLY);
    if (nothing >= 0) ::dup2(nothing, STDIN_FILENO);
    std::signal(SIGINT, SIG_DFL);
    std::signal(SIGTERM, SIG_DFL);
    ::execv(program, arguments);
    ::_exit(127);
}

/// A socket bound to 127.0.0.1:port (0: any); the port it got, or nothing if it is taken.
std::optional<unsigned> try_bind(unsigned port) {
    const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (socket < 0) return std::nullopt;
    const int yes = 1;
    ::setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    socklen_t size = sizeof address;
    std::optional<unsigned> bound;
    if (::bind(socket, reinterpret_cast<const sockaddr*>(&address), size) == 0 &&
        ::getsockname(socket, reinterpret_cast<sockaddr*>(&address), &size) == 0) {
        bound = ntohs(address.sin_port);
    }
    ::close(socket);
    return bound;
}

}  // namespace

ChildProcess::~ChildProcess() {
    stop();
}

ChildProcess::ChildProcess(ChildProcess&& other) noexcept
    : id_(std::exchange(other.id_, -1)), ending_(std::move(other.ending_)) {}

ChildProcess& ChildProcess::operator=(ChildProcess&& other) noexcept {
    if (this != &other) {
        stop();
        id_ = std::exchange(other.id_, -1);
        ending_ = std::move(other.ending_);
    }
    return *this;
}

Result<ChildProcess> ChildProcess::start(const std::filesystem::path& program,
                                         const std::vector<std::string>& arguments,
                                         const std::filesystem::path& log) {
    const int descriptor = ::open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
    if (descriptor < 0) return io_error("cannot write the log " + log.string());
    const std::string path = program.string();
    std::vector<std::string> words{path};
    words.insert(words.end(), arguments.begin(), arguments.end());
    std::vector<char*> pointers;
    for (std::string& word : words)
        pointers.push_back(word.data());
    pointers.push_back(nullptr);
    const pid_t parent = ::getpid();
    const pid_t child = ::fork();
    if (child == 0) become(parent, descriptor, path.c_str(), pointers.data());
    ::close(descriptor);
    if (child < 0) return io_error("cannot start " + path);
    return ChildProcess(child);
}

bool ChildProcess::reap(bool wait) {
    if (id_ < 0) return true;
    int status = 0;
    pid_t done = 0;
    do {
        done = ::waitpid(id_, &status, wait ? 0 : WNOHANG);
    } while (done < 0 && errno == EINTR);
    if (done == 0) return false;
    if (done == id_) {
        ending_ = WIFSIGNALED(status) ? "signal " + std::to_string(WTERMSIG(status))
                                      : "exit status " + std::to_string(WEXITSTATUS(status));
    }
    id_ = -1;
    return true;
}

std::optional<std::string> ChildProcess::ended() {
    reap(false);
    return ending_;
}

void ChildProcess::ask_to_stop() {
    if (id_ > 0) ::kill(id_, SIGTERM);
}

void ChildProcess::stop(std::chrono::milliseconds grace) {
    if (reap(false)) return;
    ask_to_stop();
    const auto deadline = std::chrono::steady_clock::now() + grace;
    while (!reap(false)) {
        if (std::chrono::steady_clock::now() > deadline) {
            ::kill(id_, SIGKILL);
            reap(true);
            return;
        }
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
}

std::filesystem::path own_program() {
    std::error_code error;
    const auto path = std::filesystem::read_symlink("/proc/self/exe", error);
    return error ? std::filesystem::path("/proc/self/exe") : path;
}

void catch_interrupts() {
    struct sigaction action {};
    action.sa_handler = on_interrupt;
    ::sigaction(SIGINT, &action, nullptr);
    ::sigaction(SIGTERM, &action, nullptr);
    ::sigaction(SIGHUP, &action, nullptr);
}

bool interrupted() {
    return g_interrupted != 0;
}

bool pause_for(std::chrono::milliseconds time) {
    const auto deadline = std::chrono::steady_clock::now() + time;
    while (!interrupted() && std::chrono::steady_clock::now() < deadline) {
        std::this_thread::sleep_for(std::min<std::chrono::nanoseconds>(
            std::chrono::milliseconds(50), deadline - std::chrono::steady_clock::now()));
    }
    return !interrupted();
}

Result<unsigned> free_port() {
    const auto port = try_bind(0);
    if (!port) return io_error("cannot find a free port on 127.0.0.1");
    return *port;
}

bool port_is_free(unsigned port) {
    return try_bind(port).has_value();
}

}  // namespace dure::tools
