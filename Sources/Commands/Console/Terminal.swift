import CLinux
import Contract
import Glibc
import JSON

/// Writes to standard output and standard error.
enum Terminal {
  static var isOutputForPeople: Bool { isatty(STDOUT_FILENO) == 1 }
  static var isErrorForPeople: Bool { isatty(STDERR_FILENO) == 1 }

  static func say(_ text: String) { write(text + "\n", to: STDOUT_FILENO) }

  /// The width of the terminal at standard output; nil if standard output is not a terminal.
  static var columns: Int? {
    guard isOutputForPeople else { return nil }
    let columns = Int(roster_terminal_columns(STDOUT_FILENO))
    if columns > 0 { return columns }
    return getenv("COLUMNS").flatMap { Int(String(cString: $0)) } ?? 80
  }

  /// Prints a line, in bold type if the terminal supports it and the user has not turned it off
  /// (https://no-color.org).
  static func sayHeading(_ text: String) {
    let hasNoColor = getenv("NO_COLOR").map { $0[0] != 0 } ?? false
    let isDumb = getenv("TERM").map { String(cString: $0) == "dumb" } ?? true
    if hasNoColor || isDumb || !isOutputForPeople { return say(text) }
    end(send("\u{1B}[1m\(text.showingControls())\u{1B}[0m\n", to: STDOUT_FILENO))
  }

  static func complain(_ notice: Notice) {
    let lines = notice.text.words(at: "\n").joined(separator: "\n")
    // An error while writing to standard error can't be reported.
    send(lines + "\n", to: STDERR_FILENO)
  }

  /// Whether a person can be asked.
  static var canAsk: Bool { isatty(STDIN_FILENO) == 1 && isErrorForPeople }

  /// Asks a person at the terminal of this process, wherever its input and its errors go. nil if
  /// neither its input nor its output is a terminal.
  static func confirms(_ question: Notice) -> Bool? {
    guard isatty(STDIN_FILENO) == 1 || isOutputForPeople else { return nil }
    let terminal = open("/dev/tty", O_RDWR | O_CLOEXEC)
    guard terminal >= 0 else { return nil }
    defer { close(terminal) }
    send(question.text + " [y/N] ", to: terminal)
    var answer: [UInt8] = []
    var byte: UInt8 = 0
    while read(terminal, &byte, 1) == 1, byte != UInt8(ascii: "\n") { answer.append(byte) }
    return ["y", "yes"].contains(String(decoding: answer, as: UTF8.self).lowercased())
  }

  /// Asks a question that is answered on the same line.
  static func ask(_ question: Notice) { send(question.text, to: STDERR_FILENO) }

  /// Overwrites the current line of the terminal.
  static func showProgress(_ text: String) {
    if isErrorForPeople { send("\r\u{1B}[K\(text)", to: STDERR_FILENO) }
  }

  /// Prints a secret that exists already; throws if it can't be written, with what to do about it.
  static func say(secret: String, remedy: Notice) throws {
    guard let problem = send(secret + "\n", to: STDOUT_FILENO) else { return }
    throw CommandError(
      "standard output can't be written: \(String(cString: strerror(problem)))", remedy)
  }

  static func write(_ text: String, to file: Int32) {
    var text = text
    text.withUTF8 { write($0, to: file) }
  }

  /// Writes everything, or ends the program: silently if the reader is gone, as with `head`.
  ///
  /// On a terminal control characters are made visible, because any account may contain them; a
  /// pipe gets the text unchanged.
  static func write(_ bytes: UnsafeBufferPointer<UInt8>, to file: Int32) {
    let problem =
      isatty(file) == 1
      ? send(String(decoding: bytes, as: UTF8.self).showingControls(but: ["\n"]), to: file)
      : send(bytes, to: file)
    end(problem)
  }

  /// Ends the program if standard output can't be written: silently if the reader is gone.
  private static func end(_ problem: Int32?) {
    guard let problem else { return }
    if problem != EPIPE {
      let reason = String(cString: strerror(problem))
      complain("roster: standard output can't be written: \(reason)\nNot all was written.")
    }
    exit(1)
  }

  @discardableResult
  private static func send(_ text: String, to file: Int32) -> Int32? {
    var text = text
    return text.withUTF8 { send($0, to: file) }
  }

  /// Returns the error number if not everything can be written.
  private static func send(_ bytes: UnsafeBufferPointer<UInt8>, to file: Int32) -> Int32? {
    var rest = bytes[...]
    while !rest.isEmpty {
      let part = UnsafeBufferPointer(rebasing: rest)
      let count = Glibc.write(file, part.baseAddress, part.count)
      if count < 0, errno == EINTR { continue }
      if count < 0, errno == EAGAIN {
        var room = pollfd(fd: file, events: Int16(POLLOUT), revents: 0)
        poll(&room, 1, -1)
        continue
      }
      if count < 0 { return errno }
      rest = rest.dropFirst(count)
    }
    return nil
  }
}
