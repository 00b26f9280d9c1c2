import Contract

/// What may stand in one place of the command line: as far as it can be checked before anything is done,
/// completed by a shell, and written down with an absolute path.
enum Values: Sendable {
  case text
  case file
  case folder
  /// One of these words, and nothing else.
  case words(@Sendable () -> [String])
  /// Some of these words, with commas between them.
  case list(@Sendable () -> [String])
  /// Some words that are known, and others.
  case suggestions(@Sendable () -> [String])
  /// A store that is kept; with `orMemory` also one that is not.
  case store(orMemory: Bool)
  /// Where letters go.
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

  /// The path that may stand here by itself.
  var path: Path? {
    switch self {
    case .file: .file
    case .folder: .folder
    case .text, .words, .list, .suggestions, .store, .mailer: nil
    }
  }

  /// The paths that may stand here behind a word of their own.
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

  /// Refuses a value that is none of the words where these are all there are.
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
