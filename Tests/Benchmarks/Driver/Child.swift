@preconcurrency import Glibc

/// The command under measurement, with a pipe to its input and one from its output.
///
/// Its standard error is the driver's own, so that its error messages are visible.
struct Child {
  let pid: pid_t
  let input: Int32
  let output: Int32

  /// Spawns a command; a name without a slash is looked up in PATH.
  static func spawn(_ command: [String]) throws(Failure) -> Child {
    let toChild = try makePipe()
    let fromChild = try makePipe()
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_adddup2(&actions, toChild.readEnd, 0)
    posix_spawn_file_actions_adddup2(&actions, fromChild.writeEnd, 1)
    var arguments: [UnsafeMutablePointer<CChar>?] = command.map { strdup($0) }
    arguments.append(nil)
    defer { for argument in arguments { free(argument) } }
    var attributes = makeAttributes()
    defer { posix_spawnattr_destroy(&attributes) }
    var pid: pid_t = 0
    let code = posix_spawnp(&pid, command[0], &actions, &attributes, arguments, environ)
    close(toChild.readEnd)
    close(fromChild.writeEnd)
    guard code == 0 else {
      throw Failure("spawn \(command[0]): \(String(cString: strerror(code)))")
    }
    return Child(pid: pid, input: toChild.writeEnd, output: fromChild.readEnd)
  }

  /// The driver ignores SIGPIPE; the child starts with the default, as under any other host.
  private static func makeAttributes() -> posix_spawnattr_t {
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    var signals = sigset_t()
    sigemptyset(&signals)
    sigaddset(&signals, SIGPIPE)
    posix_spawnattr_setsigdefault(&attributes, &signals)
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGDEF))
    return attributes
  }

  /// Both ends are close-on-exec; the child's copies, made by dup2, are not.
  private static func makePipe() throws(Failure) -> (readEnd: Int32, writeEnd: Int32) {
    var ends: [Int32] = [0, 0]
    guard pipe2(&ends, O_CLOEXEC) == 0 else { throw .system("pipe2") }
    return (ends[0], ends[1])
  }

  /// Makes the driver's two ends non-blocking, or blocking again; the child's ends don't change.
  func setNonBlocking(_ isOn: Bool) throws(Failure) {
    for end in [input, output] {
      guard fcntl(end, F_SETFL, isOn ? O_NONBLOCK : 0) == 0 else { throw .system("fcntl") }
    }
  }

  /// Closes the input and waits: a clean end is exit status 0 with nothing more on the output.
  func finish() throws(Failure) {
    close(input)
    var byte: UInt8 = 0
    let extra = read(output, &byte, 1)
    close(output)
    guard extra == 0 else { throw Failure("output after the last reply") }
    var status: Int32 = 0
    guard waitpid(pid, &status, 0) == pid else { throw .system("waitpid") }
    guard status == 0 else { throw Failure("the command ended with wait status \(status)") }
  }

  /// Resident memory in KiB: the peak since exec (VmHWM), and what is now the command's own,
  /// without pages of files (RssAnon).
  ///
  /// What wait4 reports would include the driver's own pages between fork and exec.
  func memory() throws(Failure) -> (peakKiB: Int, ownKiB: Int) {
    let status = String(decoding: try readFile("/proc/\(pid)/status"), as: UTF8.self)
    return (try Child.field("VmHWM:", of: status), try Child.field("RssAnon:", of: status))
  }

  private static func field(_ name: String, of status: String) throws(Failure) -> Int {
    for line in status.split(separator: "\n") where line.hasPrefix(name) {
      let words = line.split(whereSeparator: { $0 == " " || $0 == "\t" })
      if words.count > 1, let size = Int(words[1]) { return size }
    }
    throw Failure("no \(name) in /proc/PID/status")
  }
}
