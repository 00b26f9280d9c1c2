import Contract
import Glibc
import JSON
import UserMethods
import Users

/// A file that lists skipped and failed rows with the reason, and the secrets of invited people.
final class ImportReport {
  private static let waitingBytesMax = 1 << 20

  private let path: String
  private let file: Int32
  private var out = ByteBuffer()

  /// Creates the file, readable only by its owner.
  init(_ path: String) throws {
    self.path = path
    file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    guard file < 0 else { return }
    let problem = String(cString: strerror(errno))
    throw CommandError(
      "can't create the report \(path): \(problem)", "Choose a file that does not exist yet.")
  }

  deinit { close(file) }

  /// Removes the file, for an import that has read no row.
  func remove() { unlink(path) }

  func add(_ location: RowLocation, _ outcome: String, _ row: RowSource.Row, reason: String) {
    var email: String?
    if case .success(let json) = row, json.kind == .object { email = json.field("email")?.string }
    begin(location, outcome, email)
    out.field("reason")
    out.write(reason)
    out.append("}\n")
  }

  /// Reports the secret of an invitation, or whether its mail was sent.
  func add(_ location: RowLocation, _ letter: Letter, isDelivered: Bool?) {
    begin(location, "invited", letter.email)
    if let isDelivered {
      out.field("delivered")
      out.write(isDelivered)
    } else {
      out.field(letter.kind == .temporaryPassword ? "temporary_password" : "invitation_token")
      out.write(letter.secret)
    }
    out.field("expires_at")
    letter.expiresAt.write(into: &out)
    out.append("}\n")
  }

  private func begin(_ location: RowLocation, _ outcome: String, _ email: String?) {
    if out.count > Self.waitingBytesMax { writeOut() }
    out.append("{")
    out.field(location.word)
    out.write(location.number)
    out.field("outcome")
    out.write(outcome)
    if let email {
      out.field("email")
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

  /// Writes all pending lines to the file.
  func flush() throws {
    writeOut()
    if problem == 0 { return }
    throw CommandError(
      "the report \(path) can't be written: \(String(cString: strerror(problem)))",
      "The rows up to it are kept. Make room and run it again; people who were invited are invited again."
    )
  }
}
