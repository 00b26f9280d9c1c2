internal import Contract
internal import Glibc
internal import Secrets

/// A folder that gets a file for each letter, readable by its owner only.
struct LetterFolder: Sendable {
  /// Keeps processes apart that write at the same moment.
  private static let randomCount = 12

  private let path: String

  init(_ path: String) throws(MailError) {
    self.path = path
    var facts = stat()
    guard !path.isEmpty, stat(path, &facts) == 0 else {
      throw MailError(
        "--mail dir:\(path) names no folder that could be found",
        path.isEmpty ? "Say dir:PATH." : "Make it: mkdir -p -m 700 \(path)")
    }
    guard facts.st_mode & S_IFMT == S_IFDIR else {
      throw MailError("--mail dir:\(path) is not a folder", "Name a folder.")
    }
    guard access(path, W_OK | X_OK) == 0 else {
      throw MailError(
        "--mail dir:\(path) can't be written to: \(String(cString: strerror(errno)))",
        "Check its owner and permissions.")
    }
  }

  /// False if the letter is not there, whole and under its name, which sorts by time.
  func keep(_ bytes: [UInt8]) -> Bool {
    let name = "\(ClockText.sortable())-\(randomBase62(Self.randomCount)).eml"
    // Whoever watches the folder for *.eml sees only whole letters.
    let draft = "\(path)/.\(name).tmp"
    guard write(bytes, to: draft), rename(draft, "\(path)/\(name)") == 0 else {
      unlink(draft)
      return false
    }
    syncFolder()
    return true
  }

  private func write(_ bytes: [UInt8], to path: String) -> Bool {
    let file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    if file < 0 { return false }
    // Its owner can read it, under whatever mask.
    fchmod(file, 0o600)
    let isWritten = write(bytes, to: file) && fsync(file) == 0
    return close(file) == 0 && isWritten
  }

  private func write(_ bytes: [UInt8], to file: Int32) -> Bool {
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { Glibc.write(file, $0.baseAddress, $0.count) }
      if count < 0, errno == EINTR { continue }
      if count <= 0 { return false }
      rest = rest.dropFirst(count)
    }
    return true
  }

  /// Writes the name out too, where that can be done: not every folder may be read by those who
  /// write to it, and not every file system knows this.
  private func syncFolder() {
    let folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    if folder < 0 { return }
    fsync(folder)
    close(folder)
  }
}
