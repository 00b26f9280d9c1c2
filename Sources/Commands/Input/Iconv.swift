import Contract
import Glibc
import Server

/// A child process that converts another encoding to UTF-8: the machine's own `iconv`.
final class Iconv {
  private static let complaintBytesMax = 4096

  let output: Int32
  private let encoding: String
  private let path: String
  private var child: pid_t
  private let errors: Int32

  init(_ encoding: String, from input: Int32, _ path: String) throws {
    self.encoding = encoding
    self.path = path
    var (out, err): ([Int32], [Int32]) = ([0, 0], [0, 0])
    guard pipe(&out) == 0, pipe(&err) == 0 else { throw InputFile.unreadable(path) }
    for end in out + err { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    (output, errors) = (out[0], err[0])
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    for (end, number) in [(input, 0), (out[1], 1), (err[1], 2)] {
      posix_spawn_file_actions_adddup2(&actions, end, Int32(number))
    }
    let given: [String] = ["iconv", "-f", encoding, "-t", "UTF-8"]
    var words = given.map { strdup($0) } + [nil]
    defer { for word in words { free(word) } }
    var environment: [UnsafeMutablePointer<CChar>?] = [nil]
    var child: pid_t = 0
    let problem = posix_spawnp(&child, "iconv", &actions, nil, &words, &environment)
    close(out[1])
    close(err[1])
    self.child = child
    if problem != 0, problem != ENOENT {
      throw CommandError(
        "\(path) can't be read as \(encoding): iconv does not start: \(String(cString: strerror(problem)))",
        "Try again, or find the cause: iconv -f \(encoding) -t UTF-8 \(ShellWord.quoted(path))")
    }
    if problem != 0 {
      throw CommandError(
        "\(path) can't be read as \(encoding): there is no iconv on this machine",
        """
        On a machine that has iconv, run: iconv -f \(encoding) -t UTF-8 \(ShellWord.quoted(path)) > utf8.txt; \
        then import utf8.txt.
        """)
    }
  }

  deinit {
    close(errors)
    if child > 0 { kill(child, SIGKILL) }
    _ = wait()
  }

  /// Waits, once, for the end of the child; returns whether it succeeded.
  private func wait() -> Bool {
    var status: Int32 = 0
    if child > 0 { while waitpid(child, &status, 0) < 0, errno == EINTR {} }
    child = 0
    return status == 0
  }

  /// Called at the end of the output; throws if `iconv` reported an error.
  func end() throws { try end("The rows before it are kept.") }

  private func end(_ kept: Notice) throws {
    var complaint = [UInt8](repeating: 0, count: Self.complaintBytesMax)
    let count = max(0, read(errors, &complaint, complaint.count))
    if wait() { return }
    let told = String(decoding: complaint.prefix(count), as: UTF8.self).words(at: "\n")
    throw CommandError(
      "\(path) can't be read as \(encoding): \(told.joined(separator: "; "))",
      "Name the encoding that it is in; iconv -l lists them. " + kept)
  }

  /// Reads a whole file before any of it is imported, so that a wrong encoding is reported before
  /// wrong names are stored.
  static func check(_ encoding: String, _ file: Int32, _ path: String) throws {
    let start = lseek(file, 0, SEEK_CUR)
    var head = [UInt8](repeating: 0, count: 4)
    let count = max(0, pread(file, &head, 4, start))
    // UTF-32 comes first, because the mark of UTF-32LE begins with that of UTF-16LE.
    let marks: [(String, [UInt8])] = [
      ("UTF-8", [0xEF, 0xBB, 0xBF]), ("UTF-32", [0xFF, 0xFE, 0, 0]),
      ("UTF-32", [0, 0, 0xFE, 0xFF]),
      ("UTF-16", [0xFF, 0xFE]), ("UTF-16", [0xFE, 0xFF]),
    ]
    let marked = marks.first { head.prefix(count).starts(with: $0.1) }?.0
    if let name = marked, !encoding.uppercased().begins(with: name) {
      if name == "UTF-32" { throw ForeignFile.utf32.refusal(of: path) }
      throw CommandError(
        "\(path) begins with the byte order mark of \(name), and is not in \(encoding)",
        "Leave out --encoding: the mark names the encoding.")
    }
    let child = try Iconv(encoding, from: file, path)
    defer { close(child.output) }
    var text = [UInt8](repeating: 0, count: 1 << 16)
    while read(child.output, &text, text.count) > 0 {
      if ShutdownSignal.isStopping { throw Interruption() }
    }
    try child.end("Nothing was imported.")
    lseek(file, start, SEEK_SET)
  }

  /// Whether it is the name of an encoding, without a suffix such as //IGNORE, with which iconv
  /// silently drops characters.
  static func isName(_ text: String) -> Bool {
    guard let first = text.utf8.first, first.isASCIIAlphanumeric else { return false }
    return text.utf8.allSatisfy { $0.isASCIIAlphanumeric || "-_.:+()".utf8.contains($0) }
  }
}
