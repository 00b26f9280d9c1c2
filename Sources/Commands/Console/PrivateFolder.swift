import Contract
import Glibc

/// A temporary folder that only this user can read.
struct PrivateFolder {
  let path: String

  init() throws {
    let parent = try Launch.variable("TMPDIR") ?? "/tmp"
    var template = Array((parent + "/roster-XXXXXX").utf8CString)
    guard let made = mkdtemp(&template) else {
      throw CommandError(
        "can't make a temporary folder in \(parent): \(String(cString: strerror(errno)))",
        "Set TMPDIR to a folder with room for a copy of the store.")
    }
    path = String(cString: made)
  }

  func remove() { rmdir(path) }

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
