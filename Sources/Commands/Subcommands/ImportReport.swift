import Contract
import Glibc
import JSON
import UserMethods
import Users

/// A file that says what became of rows: who was skipped, who failed and why, and how people get in.
final class ImportReport {
  private static let waitingBytesMax = 1 << 20

  private let path: String
  private let file: Int32
  private var out = ByteBuffer()

  /// Makes the file, which only its owner can read.
  init(_ path: String) throws {
    self.path = path
    file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    guard file < 0 else { return }
    let problem = String(cString: strerror(errno))
    throw CommandError(
      "the report \(path) can't be made: \(problem)", "Name a file that is not there yet.")
  }

  deinit { close(file) }

  /// Takes the file back, for an import that came to nothing.
  func remove() { unlink(path) }

  func add(_ place: RowPlace, _ outcome: String, _ row: RowSource.Row, reason: String) {
    var email: String?
    if case .success(let json) = row, json.kind == .object { email = json.member("email")?.string }
    begin(place, outcome, email)
    out.member("reason")
    out.write(reason)
    out.append("}\n")
  }

  /// How somebody gets in, or whether their letter has left.
  func add(_ place: RowPlace, _ letter: Letter, isDelivered: Bool?) {
    begin(place, "invited", letter.email)
    if let isDelivered {
      out.member("delivered")
      out.write(isDelivered)
    } else {
      out.member(letter.kind == .temporaryPassword ? "temporary_password" : "invitation_token")
      out.write(letter.secret)
    }
    out.member("expires_at")
    letter.expiresAt.write(into: &out)
    out.append("}\n")
  }

  private func begin(_ place: RowPlace, _ outcome: String, _ email: String?) {
    if out.count > Self.waitingBytesMax { writeOut() }
    out.append("{")
    out.member(place.word)
    out.write(place.number)
    out.member("outcome")
    out.write(outcome)
    if let email {
      out.member("email")
      out.write(email)
    }
  }

  private var problem: Int32 = 0

  private func writeOut() {
    var rest = out.bytes[...]
    while !rest.isEmpty, problem == 0 {
      let part = UnsafeBufferPointer(rebasing: rest)
      let count = write(file, part.baseAddress, part.count)
      if count > 0 { rest = rest.dropFirst(count) }
      if count < 0, errno != EINTR { problem = errno }
    }
    out.truncate(to: 0)
  }

  /// Writes what has come.
  func flush() throws {
    writeOut()
    if problem == 0 { return }
    throw CommandError(
      "the report \(path) can't be written: \(String(cString: strerror(problem)))",
      "Rows up to there are kept. Make room and go on; those that are invited are invited anew.")
  }
}
