internal import Contract
internal import Glibc
internal import Synchronization

/// Notices that a store's file, or a folder or a link on the way to it, was renamed, removed or
/// replaced, without a system call for each look: the kernel sends a signal.
///
/// The signal is there before whoever renamed goes on, so a request that they send afterwards is not
/// answered from the old file. What the kernel does not tell of, such as another disk mounted over a
/// folder or a rename on another machine, is noticed after a while.
final class FileWatch {
  private static let stirs = Atomic<Int>(0)
  /// Applied once for the process, before the first signal, whose default is to end it.
  private static let handled: Void = {
    var action = sigaction()
    action.__sigaction_handler.sa_handler = { _ in
      FileWatch.stirs.add(1, ordering: .relaxed)
    }
    // What the process waits for goes on.
    action.sa_flags = Int32(SA_RESTART)
    sigaction(SIGIO, &action, nil)
  }()

  /// What tells of a renaming or a removal. Of a file and a link that is told as a change of how many
  /// names they have; of a folder that would be told for each file in it.
  private static func stirringEvents(at path: String) -> UInt32 {
    var facts = stat()
    let isFolder = lstat(path, &facts) == 0 && facts.st_mode & S_IFMT == S_IFDIR
    return UInt32(IN_MOVE_SELF | IN_DELETE_SELF | IN_DONT_FOLLOW | (isFolder ? 0 : IN_ATTRIB))
  }

  /// From one look at the files to the next, where the kernel tells what happens to them.
  private static let watchedMsMax = 500
  /// As many links as the kernel follows (path_resolution(7)).
  private static let linksMax = 40

  private let place: StorePath
  private let queue: Int32
  private var seenStirs = 0
  private var lookedAtMs = 0
  private var msMax = watchedMsMax

  init(_ place: StorePath) {
    _ = Self.handled
    self.place = place
    queue = inotify_init1(Int32(IN_NONBLOCK) | Int32(IN_CLOEXEC))
    watch()
  }

  deinit { if queue >= 0 { close(queue) } }

  /// Watches what the path leads over now. A user may have too many watches, or no right to one: then
  /// each request looks.
  private func watch() {
    let paths = Self.steps(to: place.given, linksMax: Self.linksMax) + Self.steps(to: place.real)
    let isWatched =
      queue >= 0 && fcntl(queue, F_SETOWN, getpid()) == 0
      && fcntl(queue, F_SETFL, O_NONBLOCK | O_ASYNC) == 0
      && paths.allSatisfy { inotify_add_watch(queue, $0, Self.stirringEvents(at: $0)) >= 0 }
    msMax = isWatched ? Self.watchedMsMax : 0
  }

  /// A path, and each folder or link on the way to it, also where a link leads to a link.
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

  /// Whether it is time to look at the files.
  @inline(__always)
  var isDue: Bool {
    Self.stirs.load(ordering: .relaxed) != seenStirs || Stopwatch.roughlyMs - lookedAtMs >= msMax
  }

  /// To be called before a look at the files.
  func settle() {
    let hasStirred = Self.stirs.load(ordering: .relaxed) != seenStirs
    // What came in the place of something is watched too, before it is looked at.
    if hasStirred { watch() }
    seenStirs = Self.stirs.load(ordering: .relaxed)
    lookedAtMs = Stopwatch.roughlyMs
    // What is not taken out would keep the next of its kind from being told.
    var events = [UInt8](repeating: 0, count: 4096)
    while read(queue, &events, events.count) > 0 {}
  }

  /// After a look that found something else there: the next request looks again.
  func stir() { seenStirs &-= 1 }
}
