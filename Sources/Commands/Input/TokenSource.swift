import Contract
import Glibc
import Secrets

/// Where the launcher has put the caller's token. Never on the command line, which every user of
/// the machine can read.
enum TokenSource {
  case descriptor(Int32)
  case file(String)

  static let variable = "ROSTER_TOKEN"
  private static let bytesMax = 4096

  static func descriptor(_ value: String) throws -> TokenSource {
    guard let number = Int32(value), number >= 0 else {
      throw UsageError("--token-fd is the number of a descriptor, not \(value)")
    }
    return .descriptor(number)
  }

  func read() throws -> TokenText {
    switch self {
    case .descriptor(let file):
      defer { close(file) }
      let text = try InputFile.read(file, "descriptor \(file)", bytesMax: Self.bytesMax)
      return try Self.token(text, from: "descriptor \(file)")
    case .file(let path):
      let file = try InputFile.open(path)
      defer { close(file) }
      var facts = stat()
      guard fstat(file, &facts) == 0, facts.st_mode & 0o077 == 0 else {
        throw CommandError(
          "\(path) can be read by others than its owner",
          "Make it private with: chmod 600 \(path)")
      }
      return try Self.token(
        try InputFile.read(file, path, bytesMax: Self.bytesMax), from: path)
    }
  }

  /// Takes the token from the environment and wipes it there, so that child processes and other
  /// users' tools don't find it.
  static func takeFromEnvironment() -> String? {
    guard let value = getenv(variable) else { return nil }
    let text = String(cString: value)
    memset(value, 0, strlen(value))
    unsetenv(variable)
    return text.isEmpty ? nil : text
  }

  static func inherited(_ text: String) throws -> TokenText { try token(text, from: variable) }

  private static func token(_ text: String, from source: String) throws -> TokenText {
    let line = text.prefix { !$0.isNewline }
    guard text.dropFirst(line.count).allSatisfy(\.isNewline),
      let token = TokenText(String(line))
    else {
      throw CommandError(
        "\(source) does not contain a token of Roster",
        "It must contain the token from users.create_token, and nothing else.")
    }
    return token
  }
}
