internal import Contract
internal import Glibc
internal import Synchronization

/// Notices that a store's file, or a folder or link on the path to it, was renamed, removed or
/// replaced. The kernel sends a signal, so no system call is needed for each check.
///
/// The signal comes before the rename returns, so a request sent after it is not answered from the
/// old file. Changes that the kernel does not report, such as another disk mounted over a folder or
/// a rename on another machine, are noticed after `watchedMsMax`.
final class FileWatch {
  private static let stirs = Atomic<Int>(0)
  /// Installed once for the process, before the first signal, because the default action ends the
  /// process.
  private static let handled: Void = {
    var action = sigaction()
    action.__sigaction_handler.sa_handler = { _ in
      FileWatch.stirs.add(1, ordering: .relaxed)
    }
    // Interrupted system calls are restarted.
    action.sa_flags = Int32(SA_RESTART)
    sigaction(SIGIO, &action, nil)
  }()

  /// The inotify events for a rename or a removal. IN_ATTRIB reports the changed link count of a
  /// file or link; for a folder it would also report every file in the folder.
  private static func stirringEvents(at path: String) -> UInt32 {
    var facts = stat()
    let isFolder = lstat(path, &facts) == 0 && facts.st_mode & S_IFMT == S_IFDIR
    return UInt32(IN_MOVE_SELF | IN_DELETE_SELF | IN_DONT_FOLLOW | (isFolder ? 0 : IN_ATTRIB))
  }

  /// Milliseconds between two checks of the files while the kernel reports changes.
  private static let watchedMsMax = 500
  /// As many links as the kernel follows (path_resolution(7)).
  private static let linksMax = 40

  private let path: StorePath
  private let queue: Int32
  private var seenStirs = 0
  private var lookedAtMs = 0
  private var msMax = watchedMsMax

  init(_ path: StorePath) {
    _ = Self.handled
    self.path = path
    queue = inotify_init1(Int32(IN_NONBLOCK) | Int32(IN_CLOEXEC))
    watch()
  }

  deinit { if queue >= 0 { close(queue) } }

  /// Watches all folders, links and files that the path leads through now. If the user has no
  /// watches left, or no permission to watch one of them, each request checks the files.
  private func watch() {
    let paths = Self.steps(to: path.given, linksMax: Self.linksMax) + Self.steps(to: path.real)
    let isWatched =
      queue >= 0 && fcntl(queue, F_SETOWN, getpid()) == 0
      && fcntl(queue, F_SETFL, O_NONBLOCK | O_ASYNC) == 0
      && paths.allSatisfy { inotify_add_watch(queue, $0, Self.stirringEvents(at: $0)) >= 0 }
    msMax = isWatched ? Self.watchedMsMax : 0
  }

  /// The path, each folder and link on the way to it, and the targets of these links in turn.
  private static func steps(to path: String, linksMax: Int = 0) -> [String] {
    let slash = UInt8(ascii: "/")
    let ends = path.utf8.indices.filter { path.utf8[$0] == slash && $0 != path.utf8.startIndex }
    let steps = ends.map { String(path[..<$0]) } + [path]
    if linksMax == 0 { return steps }
    return steps
      + steps.flatMap { step in
        guard let target = StorePath.target(of: step) else { return [String]() }
        return self.steps(to: target, linksMax: linksMax - 1)
      }
  }

  /// Whether the files have to be checked now.
  @inline(__always)
  var isDue: Bool {
    Self.stirs.load(ordering: .relaxed) != seenStirs || Stopwatch.roughlyMs - lookedAtMs >= msMax
  }

  /// Call this before a check of the files.
  func settle() {
    let hasStirred = Self.stirs.load(ordering: .relaxed) != seenStirs
    // Watches a replaced file before it is checked, so that no change is missed.
    if hasStirred { watch() }
    seenStirs = Self.stirs.load(ordering: .relaxed)
    lookedAtMs = Stopwatch.roughlyMs
    // An event left in the queue would suppress the next identical one.
    var events = [UInt8](repeating: 0, count: 4096)
    while read(queue, &events, events.count) > 0 {}
  }

  /// Called when a check has found another file: the next request checks again.
  func stir() { seenStirs &-= 1 }
}
