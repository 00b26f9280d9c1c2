internal import CLinux
internal import Glibc
internal import Synchronization

/// Another process whose end ends this one.
struct WatchedProcess: ~Copyable {
  private let number = Atomic<pid_t>(0)
  private let end = Atomic<Int32>(-1)

  /// Watches this process instead of another; 0 is none.
  func watch(_ process: pid_t) {
    let opened = process > 0 ? roster_open_process(process) : -1
    let old = end.exchange(opened, ordering: .relaxed)
    if old >= 0 { close(old) }
    number.store(process, ordering: .relaxed)
  }

  /// 0 without a process.
  var id: pid_t { number.load(ordering: .relaxed) }

  /// Readable once the process has ended; -1 without a process, or if the kernel has no such
  /// descriptors.
  var descriptor: Int32 { end.load(ordering: .relaxed) }

  /// Whether `descriptor` tells all that can be known.
  var isReported: Bool { id == 0 || descriptor >= 0 }

  /// nil without a descriptor.
  var hasEnded: Bool? {
    if descriptor < 0 { return nil }
    var end = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
    return poll(&end, 1, 0) == 1
  }
}
