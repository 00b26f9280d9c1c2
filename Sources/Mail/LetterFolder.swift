internal import Contract
internal import Glibc
internal import Secrets

/// A folder that gets one file for each letter, readable only by its owner.
struct LetterFolder: Sendable {
  /// The number of random characters in a file's name. They distinguish letters that processes
  /// write at the same moment.
  private static let randomCount = 12

  private let path: String

  init(_ path: String) throws(MailError) {
    self.path = path
    var facts = stat()
    guard !path.isEmpty, stat(path, &facts) == 0 else {
      throw MailError(
        "--mail dir:\(path) names a folder that does not exist",
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

  /// Writes a letter to a file whose name sorts by time. Returns false unless the file is complete
  /// and has its name.
  func keep(_ bytes: [UInt8]) -> Bool {
    let name = "\(ClockText.sortable())-\(randomBase62(Self.randomCount)).eml"
    // A program that watches the folder for *.eml must see only complete letters.
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
    // The umask must not keep the owner from reading it.
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

  /// Writes the folder's entry to the disk where possible: this process may have no permission to
  /// read the folder, and some file systems do not support this.
  private func syncFolder() {
    let folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    if folder < 0 { return }
    fsync(folder)
    close(folder)
  }
}
