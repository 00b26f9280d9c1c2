/// A table that a whole directory is written into, in the order in which its rows must come: those that
/// others refer to first.
enum CopyTable: String, CaseIterable {
  case users
  case formerRoles = "former_roles"
  case passwords
  case tokens
  case attempts
  case answers
  case answerSubjects = "answer_subjects"
  case events

  /// The columns in the order of the values that the store binds.
  var columns: String {
    switch self {
    case .users: Columns.all.joined(separator: ", ")
    case .formerRoles: "user_key, roles, is_judged"
    case .passwords: "user_key, hash, temporary_until, checksum, askers"
    case .tokens: CredentialStatements.tokenColumns
    case .attempts: "subject, failures, last"
    case .answers: "key, request, text, at, proof, user_key, user_tail"
    case .answerSubjects: "user_key, answer"
    case .events: EventRows.columns + ", stamp"
    }
  }

  func statement(_ schema: String) -> String {
    "COPY \(schema).\(rawValue) (\(columns)) FROM STDIN (FORMAT binary)"
  }
}
