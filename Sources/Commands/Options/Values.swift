import Contract

/// The kind of value that an argument takes. It decides how a value is checked, completed by a
/// shell, and made an absolute path.
enum Values: Sendable {
  case text
  case file
  case folder
  /// One of these words only.
  case words(@Sendable () -> [String])
  /// Some of these words, separated by commas.
  case list(@Sendable () -> [String])
  /// Any text; a shell offers these words.
  case suggestions(@Sendable () -> [String])
  /// A store in a file, or with `orMemory` also one in memory.
  case store(orMemory: Bool)
  /// A kind of mailer.
  case mailer

  enum Path: Sendable { case file, folder }

  /// The words that a shell offers.
  var offered: [String] {
    switch self {
    case .text, .file, .folder: []
    case .words(let words), .list(let words), .suggestions(let words): words()
    case .store(let orMemory): orMemory ? ["memory"] : []
    case .mailer: ["none", "sendmail"]
    }
  }

  /// The kind of path that the value can be.
  var path: Path? {
    switch self {
    case .file: .file
    case .folder: .folder
    case .text, .words, .list, .suggestions, .store, .mailer: nil
    }
  }

  /// The kinds of path that the value can be after a prefix.
  var prefixedPaths: [(prefix: String, path: Path)] {
    switch self {
    case .store: [("file:", .file)]
    case .mailer: [("sendmail:", .file), ("dir:", .folder)]
    case .text, .file, .folder, .words, .list, .suggestions: []
    }
  }

  var isList: Bool {
    if case .list = self { true } else { false }
  }

  /// Refuses a value that is not one of the allowed words.
  func check(_ value: String, of option: String) throws {
    guard case .words(let words) = self else { return }
    let all = words()
    if all.contains(value) { return }
    throw UsageError("\(option) is \(all.alternatives), not \(value)")
  }
}

extension [String] {
  /// `a, b or c`.
  var alternatives: String {
    count < 2 ? joined() : dropLast().joined(separator: ", ") + " or " + self[count - 1]
  }
}
