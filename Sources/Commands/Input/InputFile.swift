import Contract
import Glibc

/// Reads small files as a whole.
enum InputFile {
  static func open(_ path: String) throws -> Int32 {
    let file = Glibc.open(path, O_RDONLY | O_CLOEXEC)
    if file < 0 { throw unreadable(path) }
    return file
  }

  static func read(_ path: String, bytesMax: Int) throws -> String {
    let file = try open(path)
    defer { close(file) }
    return try read(file, path, bytesMax: bytesMax)
  }

  static func read(_ file: Int32, _ name: String, bytesMax: Int) throws -> String {
    var bytes: [UInt8] = []
    var part = [UInt8](repeating: 0, count: 4096)
    while true {
      let count = Glibc.read(file, &part, part.count)
      if count < 0, errno == EINTR { continue }
      if count < 0 { throw unreadable(name) }
      if count == 0 { return String(decoding: bytes, as: UTF8.self) }
      bytes += part.prefix(count)
      if bytes.count > bytesMax {
        throw CommandError(
          "\(name) holds more than \(bytesMax) bytes", "Check that it is the right file.")
      }
    }
  }

  /// The error for the current `errno`.
  static func unreadable(_ name: String) -> CommandError {
    let problem = String(cString: strerror(errno))
    return CommandError("\(name) can't be read: \(problem)", "Check its name and permissions.")
  }
}
