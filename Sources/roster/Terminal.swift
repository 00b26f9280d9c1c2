import Glibc
import JSON

/// What people see, and where it goes.
enum Terminal {
  static var isOutputForPeople: Bool { isatty(STDOUT_FILENO) == 1 }
  static var isErrorForPeople: Bool { isatty(STDERR_FILENO) == 1 }

  static func say(_ text: String) { write(text + "\n", to: STDOUT_FILENO) }

  static func complain(_ text: String) {
    let lines = text.split(separator: "\n").joined(separator: "\n")
    write(lines + "\n", to: STDERR_FILENO)
  }

  /// Overwrites the present line of the terminal.
  static func showProgress(_ text: String) {
    if isErrorForPeople { write("\r\u{1B}[K\(text)", to: STDERR_FILENO) }
  }

  static func write(_ text: String, to file: Int32) {
    var text = text
    text.withUTF8 { write($0, to: file) }
  }

  /// Writes all; a reader that is gone ends the program.
  static func write(_ bytes: UnsafeBufferPointer<UInt8>, to file: Int32) {
    var rest = bytes[...]
    while !rest.isEmpty {
      let part = UnsafeBufferPointer(rebasing: rest)
      let count = Glibc.write(file, part.baseAddress, part.count)
      if count < 0, errno == EINTR { continue }
      if count < 0 { exit(1) }
      rest = rest.dropFirst(count)
    }
  }
}
