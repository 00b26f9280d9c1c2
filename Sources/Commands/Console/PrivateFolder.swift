import Contract
import Glibc

/// The temporary folder of this user, which nobody else can read. It is always the same one, so that
/// the next run removes the draft of a run that was killed.
public struct PrivateFolder {
  public let path: String

  public init() throws {
    let parent = try Launch.variable("TMPDIR") ?? "/tmp"
    path = "\(parent)/roster-\(geteuid())"
    if mkdir(path, 0o700) != 0, errno != EEXIST {
      throw CommandError(
        "can't make the temporary folder \(path): \(String(cString: strerror(errno)))",
        "Set TMPDIR to a folder with room for a copy of the store.")
    }
    var facts = stat()
    guard lstat(path, &facts) == 0, facts.st_mode & S_IFMT == S_IFDIR, facts.st_uid == geteuid(),
      facts.st_mode & 0o077 == 0
    else {
      throw CommandError(
        "the temporary folder \(path) is not a folder that only you can use",
        "Remove it, or set TMPDIR to another folder.")
    }
  }

  /// Removes the folder if nobody uses it.
  public func remove() { rmdir(path) }

  /// Removes the file, and then writes its content, so that an interruption leaves no copy.
  func write(_ file: String, to output: Int32) throws {
    let input = open(file, O_RDONLY | O_CLOEXEC)
    unlink(file)
    guard input >= 0 else {
      throw CommandError("can't read \(file): \(String(cString: strerror(errno)))", "Try again.")
    }
    defer { close(input) }
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 16, alignment: 16)
    defer { buffer.deallocate() }
    while true {
      let count = read(input, buffer.baseAddress, buffer.count)
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else {
        throw CommandError(
          "can't read \(file): \(String(cString: strerror(errno)))", "Check the disk.")
      }
      if count == 0 { return }
      let bytes = UnsafeRawBufferPointer(buffer)[..<count]
      bytes.withMemoryRebound(to: UInt8.self) { Terminal.write($0, to: output) }
    }
  }
}
